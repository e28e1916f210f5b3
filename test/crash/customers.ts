/**
 * Customers whose messages the marketplace delivers at least once and in no certain order: what is not answered with 200
 * is sent again, some of what is answered is sent again soon or long after, and of two messages written one after the
 * other the second may come first. Who was answered writes on. At the end a checker reads what they saw.
 */
import { randomInt } from 'node:crypto';
import type { ChatMessage } from '../../sandbox/jumia-chat.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { messageEvent, SECRET } from '../running.ts';

const [A, B, C] = ['338000001', '338000002', '338000003'] as const;
/** Three orders asked about one by one, or two of them at once. */
const GOES: readonly (readonly (readonly string[])[])[] = [
  [[A], [B], [C]],
  [[A, B], [C]],
  [[A], [B, C]],
];
/** Between two messages written in one go. */
const TYPING_MS = 5;

/** A message as it was written. */
type Asked = {
  readonly id: string;
  readonly order: string;
  readonly sentAt: number;
  readonly event: unknown;
};

/** What was exchanged in one conversation: ids of accepted messages, and our ids of the answers seen. */
export type Talk = {
  readonly conversation: string;
  readonly accepted: readonly string[];
  readonly answers: readonly string[];
};

export type Customers = {
  /** Lets `count` customers write until {@link Customers.finish} is called; each asks about three orders. */
  readonly write: (count: number) => void;
  /** Delivers `count` messages again that were accepted before, whether answered or not. */
  readonly repeat: (count: number) => Promise<void>;
  /** No new customer begins; resolves when everybody who began has heard all answers, or the time is over. */
  readonly finish: (ms: number) => Promise<void>;
  readonly problems: () => readonly string[];
  readonly talks: () => readonly Talk[];
  /** Answers heard by all customers. */
  readonly answered: () => number;
  /** Messages answered with 200. */
  readonly accepted: () => number;
  /** Pairs of which the second came first. */
  readonly swapped: () => number;
};

let crowds = 0;

export function createCustomers(sandbox: Sandbox, ports: () => readonly number[]): Customers {
  crowds += 1;
  const crowd = crowds;
  const waiting = new Map<string, () => void>();
  /** In the order in which they were accepted; together those that were on their way at the same time. */
  const asked = new Map<string, (readonly Asked[])[]>();
  let answered = 0;
  let swapped = 0;
  let stopping = false;
  let deadline = Number.POSITIVE_INFINITY;
  const all: Promise<void>[] = [];

  sandbox.chat.listen(({ conversation_id: conversation }) => {
    if (!asked.has(conversation)) return;
    answered += 1;
    waiting.get(conversation)?.();
  });

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Sends until somebody answers 200, as the marketplace does; the same id every time. */
  async function deliver({ id, event }: Asked): Promise<boolean> {
    while (Date.now() < deadline) {
      const { body, headers } = sandbox.chat.sign(SECRET, event, { id: `hook-${id}`, at: Date.now() });
      const answer = await fetch(`http://127.0.0.1:${pick(ports())}/webhooks/jumia/shop-1`, {
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

  async function heard(name: string, orders: readonly string[]): Promise<void> {
    const open = (): boolean => {
      const said = sandbox.chat.messages(name).map(textOf).join('\n');
      return orders.some((order) => !said.includes(order));
    };
    while (open() && Date.now() < deadline) {
      await new Promise<void>((resolve) => {
        waiting.set(name, resolve);
        setTimeout(resolve, 250);
      });
    }
  }

  async function customer(name: string): Promise<void> {
    const accepted: (readonly Asked[])[] = [];
    asked.set(name, accepted);
    const goes = pick(GOES);
    // The marketplace binds a conversation to one order at a time; who asks about two at once is bound to none.
    const bound = goes.every((orders) => orders.length === 1);
    for (const orders of goes) {
      const writtenAt = Date.now();
      const written = orders.map((order, index): Asked => {
        const sentAt = writtenAt + index * TYPING_MS;
        const id = `${name}-${order}`;
        const about = { id, sentAt, ...(bound ? { order } : {}) };
        return { id, order, sentAt, event: messageEvent(name, `where is my order ${order}`, about) };
      });
      const swap = written.length > 1 && randomInt(2) === 0;
      if (swap) swapped += 1;
      const arriving = swap ? written.toReversed() : written;
      // Two that arrive at the same moment mostly find the bot not yet at work, and are answered together.
      const steps = randomInt(2) === 0 ? [arriving] : arriving.map((one) => [one]);
      for (const step of steps) {
        const taken = await Promise.all(step.map(deliver));
        if (taken.includes(false)) return;
        accepted.push(step);
        if (randomInt(4) === 0) await deliver(pick(step));
      }
      await heard(name, orders);
      // What was answered is told once more.
      if (randomInt(4) === 0) await deliver(pick(accepted.flat()));
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
    repeat: async (count) => {
      const accepted = [...asked.values()].flat(2);
      if (accepted.length === 0) return;
      await Promise.all(Array.from({ length: count }, () => deliver(pick(accepted))));
    },
    finish: async (ms) => {
      stopping = true;
      deadline = Date.now() + ms;
      await Promise.all(all);
    },
    accepted: () => [...asked.values()].flat(2).length,
    answered: () => answered,
    swapped: () => swapped,
    problems: () =>
      [...asked].flatMap(([name, accepted]) => check(name, accepted, sandbox.chat.messages(name))),
    talks: () =>
      [...asked].map(([conversation, accepted]) => ({
        conversation,
        accepted: accepted.flat().map(({ id }) => id),
        answers: sandbox.chat.messages(conversation).map((message) => message.client_message_id ?? ''),
      })),
  };
}

function pick<T>(list: readonly T[]): T {
  return list[randomInt(list.length)] as T;
}

function textOf({ content }: ChatMessage): string {
  return String(content['text']);
}

/**
 * Every accepted message is answered once, and nothing else is said. Several are answered at once when they were accepted
 * before the bot began; then in the order in which they were written, else in the order in which they were accepted,
 * where that is known.
 */
function check(name: string, steps: readonly (readonly Asked[])[], seen: readonly ChatMessage[]): string[] {
  const answers = seen.map(textOf);
  const problems: string[] = [];
  const accepted = steps.flatMap((step, index) => step.map((one) => ({ ...one, step: index })));
  const places = accepted.map(({ order }) => {
    const about = answers.flatMap((text, index) => (text.includes(order) ? [index] : []));
    if (about.length !== 1) problems.push(`${name}: ${about.length} answers about ${order}`);
    const answer = about[0] ?? -1;
    return { answer, at: answers[answer]?.indexOf(order) ?? -1 };
  });
  answers.forEach((text, index) => {
    if (!places.some(({ answer }) => answer === index)) problems.push(`${name}: not asked for: ${text}`);
  });
  accepted.forEach((first, index) => {
    const one = places[index];
    accepted.slice(index + 1).forEach((second, further) => {
      const other = places[index + 1 + further];
      if (!one || !other) return;
      const inOrder =
        one.answer === other.answer
          ? one.at < other.at === first.sentAt < second.sentAt
          : one.answer < other.answer || first.step === second.step;
      if (!inOrder)
        problems.push(`${name}: ${first.order} and ${second.order} are answered in the wrong order`);
    });
  });
  return problems;
}
