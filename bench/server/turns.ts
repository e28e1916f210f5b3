/** Customers that write, and the emulator's clock on when they were answered. */
import type { Sandbox } from '../../sandbox/start.ts';
import { open, signedMessage } from './load.ts';

export type Aim = {
  readonly sandbox: Sandbox;
  readonly port: number;
  readonly secret: string;
  readonly prefix: string;
};

const ORDERS = ['338000001', '338000002', '338000003'];
const PATIENCE_MS = 10_000;

/** Who waits for the next message in a conversation. */
function listeners(sandbox: Sandbox): Map<string, () => void> {
  const waiting = new Map<string, () => void>();
  sandbox.chat.listen(({ conversation_id: conversation }) => {
    const heard = waiting.get(conversation);
    waiting.delete(conversation);
    heard?.();
  });
  return waiting;
}

function answered(waiting: Map<string, () => void>, conversation: string): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS);
    waiting.set(conversation, () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

function message(aim: Aim, conversation: string, index: number) {
  const order = ORDERS[index % ORDERS.length] ?? '338000001';
  return signedMessage({
    secret: aim.secret,
    shop: 'shop-1',
    conversation,
    text: `Where is my order ${order}?`,
    order,
  });
}

/** As many customers as `conversations`, each of whom writes again as soon as they were answered. */
export async function sustain(
  aim: Aim & { readonly seconds: number; readonly conversations: number },
): Promise<{ readonly turns: number; readonly seconds: number; readonly unanswered: number }> {
  const waiting = listeners(aim.sandbox);
  const startedAt = performance.now();
  const until = startedAt + aim.seconds * 1000;
  let turns = 0;
  let unanswered = 0;
  await Promise.all(
    Array.from({ length: aim.conversations }, async (_, customer) => {
      const connection = await open(aim.port);
      for (let index = 0; performance.now() < until; index += 1) {
        // A conversation of ten messages, then a new one, as in life.
        const conversation = `${aim.prefix}-${customer}-${Math.floor(index / 10)}`;
        const heard = answered(waiting, conversation);
        const status = await connection.post(message(aim, conversation, index).bytes);
        if (status !== 200) throw new Error(`A webhook was answered with ${status}.`);
        if (await heard) turns += 1;
        else unanswered += 1;
      }
      connection.close();
    }),
  );
  return { turns, unanswered, seconds: (performance.now() - startedAt) / 1000 };
}

/** Messages at a steady rate, whatever the answers do; milliseconds from the webhook to each answer. */
export async function latencyAt(
  aim: Aim & { readonly perSecond: number; readonly seconds: number },
): Promise<readonly number[]> {
  const waiting = listeners(aim.sandbox);
  const connections = await Promise.all(Array.from({ length: 16 }, () => open(aim.port)));
  const times: number[] = [];
  const all: Promise<void>[] = [];
  const busy = connections.map(() => Promise.resolve());
  const gap = 1000 / aim.perSecond;
  const startedAt = performance.now();
  for (let index = 0; index < aim.perSecond * aim.seconds; index += 1) {
    const dueIn = startedAt + index * gap - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    const conversation = `${aim.prefix}-${index}`;
    const heard = answered(waiting, conversation);
    const { bytes } = message(aim, conversation, index);
    const at = index % connections.length;
    const sentAt = performance.now();
    const post = (busy[at] ?? Promise.resolve()).then(async () => {
      await connections[at]?.post(bytes);
    });
    busy[at] = post;
    all.push(
      heard.then((done) => {
        times.push(done ? performance.now() - sentAt : PATIENCE_MS);
      }),
    );
  }
  await Promise.all([...all, ...busy]);
  for (const connection of connections) connection.close();
  return times;
}
