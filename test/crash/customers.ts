/**
 * Customers whose messages the marketplace delivers at least once: what is not answered with 200 is sent again, some of
 * what is answered is sent twice, and who was answered writes on. At the end a checker reads what they saw.
 */
import { randomInt } from 'node:crypto';
import type { ChatMessage } from '../../sandbox/jumia-chat.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { messageEvent, SECRET } from '../running.ts';

const ORDERS = ['338000001', '338000002', '338000003'] as const;

export type Customers = {
  /** Lets `count` customers write until {@link Customers.finish} is called; each asks about three orders, one by one. */
  readonly write: (count: number) => void;
  /** No new customer begins; resolves when everybody who began has heard all answers, or the time is over. */
  readonly finish: (ms: number) => Promise<void>;
  readonly problems: () => readonly string[];
  /** Messages answered with 200. */
  readonly accepted: () => number;
};

let crowds = 0;

export function createCustomers(sandbox: Sandbox, ports: () => readonly number[]): Customers {
  crowds += 1;
  const crowd = crowds;
  const heard = new Map<string, number>();
  const waiting = new Map<string, () => void>();
  const asked = new Map<string, string[]>();
  let stopping = false;
  let given = 0;
  let deadline = Number.POSITIVE_INFINITY;
  const all: Promise<void>[] = [];

  sandbox.chat.listen(({ conversation_id: conversation }) => {
    heard.set(conversation, (heard.get(conversation) ?? 0) + 1);
    waiting.get(conversation)?.();
  });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Sends until somebody answers 200, as the marketplace does; the same id every time. */
  async function deliver(event: unknown, id: string): Promise<boolean> {
    while (Date.now() < deadline) {
      const [port] = pick(ports());
      const { body, headers } = sandbox.chat.sign(SECRET, event, { id, at: Date.now() });
      const answer = await fetch(`http://127.0.0.1:${port}/webhooks/jumia/shop-1`, {
        method: 'POST',
        body,
        headers,
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      if (answer?.status === 200) return true;
      await pause(50);
    }
    return false;
  }

  async function customer(name: string): Promise<void> {
    asked.set(name, []);
    for (const [index, order] of ORDERS.entries()) {
      const event = messageEvent(name, `where is my order ${order}`, { order, id: `${name}-${index}` });
      if (!(await deliver(event, `hook-${name}-${index}`))) return;
      given += 1;
      asked.get(name)?.push(order);
      if (randomInt(3) === 0) await deliver(event, `hook-${name}-${index}-again`);
      while ((heard.get(name) ?? 0) <= index && Date.now() < deadline) {
        await new Promise<void>((resolve) => {
          waiting.set(name, resolve);
          setTimeout(resolve, 250);
        });
      }
    }
  }

  return {
    write: (count) => {
      let serial = 0;
      for (let one = 0; one < count; one += 1) {
        all.push(
          (async () => {
            while (!stopping) {
              serial += 1;
              await customer(`customer-${crowd}-${one}-${serial}`);
            }
          })(),
        );
      }
    },
    finish: async (ms) => {
      stopping = true;
      deadline = Date.now() + ms;
      await Promise.all(all);
    },
    accepted: () => given,
    problems: () => [...asked].flatMap(([name, orders]) => check(name, orders, sandbox.chat.messages(name))),
  };
}

function pick(ports: readonly number[]): [number] {
  return [ports[randomInt(ports.length)] ?? 0];
}

/** One answer a message, in the order of the messages, each about the order asked for. */
function check(name: string, orders: readonly string[], seen: readonly ChatMessage[]): string[] {
  const answers = seen.map(({ content }) => String(content['text']));
  const problems: string[] = [];
  if (answers.length !== orders.length)
    problems.push(`${name}: ${orders.length} accepted messages, ${answers.length} answers`);
  orders.forEach((order, index) => {
    if (!answers[index]?.includes(order))
      problems.push(`${name}: answer ${index + 1} is not about ${order}: ${answers[index] ?? 'none'}`);
  });
  return problems;
}
