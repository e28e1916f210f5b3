/**
 * People on WhatsApp, each with a number of their own, who say hello once. WhatsApp takes the same message twice, so the
 * product does not send again what may have been sent: who was being answered when it was killed may go without an answer,
 * and nobody gets two.
 */
import { randomInt } from 'node:crypto';
import type { Sandbox } from '../../sandbox/start.ts';
import { WHATSAPP_NUMBER } from '../../sandbox/whatsapp.ts';
import { channelRef } from '../../server/store/audit-events.ts';
import { findByExternalId } from '../../server/store/conversations.ts';
import { openStore } from '../../server/store/open.ts';
import type { Db } from '../../server/store/schema.ts';
import type { Place } from './record.ts';
import { dataOf, differences, recordsByConversation } from './record.ts';

/** How long somebody waits who may never be answered. */
const PATIENCE_MS = 3_000;

export type Phones = {
  /** Lets `count` people at a time write until {@link Phones.finish} is called. */
  readonly write: (count: number) => void;
  /** Nobody new begins; resolves when everybody was answered or lost patience. */
  readonly finish: () => Promise<void>;
  /** People whose message was answered with 200. */
  readonly accepted: () => number;
  /** What is wrong, and how many may have gone without an answer. */
  readonly look: (
    place: Place,
  ) => Promise<{ readonly problems: readonly string[]; readonly doubtful: number }>;
};

export function createPhones(sandbox: Sandbox): Phones {
  const accepted = new Set<string>();
  const all: Promise<void>[] = [];
  let stopping = false;
  let serial = 0;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const seen = (phone: string): number => sandbox.whatsapp.messages(phone).length;

  /** Until somebody answers 200, as Meta does; the same id every time. */
  async function deliver(phone: string): Promise<void> {
    const say = () => sandbox.whatsapp.say({ phone }, 'hello', { id: idOf(phone) }).catch(() => 0);
    while ((await say()) !== 200) await pause(50);
  }

  async function person(phone: string): Promise<void> {
    await deliver(phone);
    accepted.add(phone);
    if (randomInt(4) === 0) await deliver(phone);
    for (let waited = 0; waited < PATIENCE_MS && seen(phone) === 0; waited += 50) await pause(50);
    if (randomInt(4) === 0) await deliver(phone);
  }

  return {
    write: (count) => {
      for (let one = 0; one < count; one += 1) {
        all.push(
          (async () => {
            while (!stopping) {
              serial += 1;
              await person(`23480${String(serial).padStart(8, '0')}`);
            }
          })(),
        );
      }
    },
    finish: async () => {
      stopping = true;
      await Promise.all(all);
    },
    accepted: () => accepted.size,
    look: async (place) => {
      const { db, close } = await openStore(place);
      try {
        const records = await recordsByConversation(db);
        const problems: string[] = [];
        let doubtful = 0;
        for (const phone of accepted) {
          const found = await outcomeOf(db, phone, seen(phone));
          problems.push(...found.problems);
          if (found.doubtful) doubtful += 1;
          const own = records.get(found.conversation) ?? [];
          const refs = (direction: string): string[] =>
            own.flatMap((one) =>
              one.kind === 'message' && dataOf(one)['direction'] === direction ? [one.ref] : [],
            );
          problems.push(
            ...differences(`${phone}: taken in`, [channelRef('whatsapp', idOf(phone))], refs('in')),
            ...differences(`${phone}: sent`, found.sent, refs('out')),
          );
          const told = own.filter(({ kind }) => kind === 'delivery').map((one) => dataOf(one)['outcome']);
          if (!found.doubtful && told.length === 0) problems.push(`${phone}: no delivery is recorded`);
          if (told.filter((outcome) => outcome === 'accepted').length > 1)
            problems.push(`${phone}: recorded as accepted twice`);
        }
        return { problems, doubtful };
      } finally {
        await close();
      }
    },
  };
}

function idOf(phone: string): string {
  return `wamid.crash-${phone}`;
}

/** One reply to everybody: accepted and seen once, or of unknown fate and seen at most once. */
async function outcomeOf(db: Db, phone: string, seen: number) {
  const conversation = (await findByExternalId(db, 'whatsapp', WHATSAPP_NUMBER, phone))?.id ?? '';
  const replies = await db
    .selectFrom('outbox')
    .select(['id', 'state'])
    .where('conversation_id', '=', conversation)
    .where('kind', '=', 'message')
    .execute();
  const states = replies.map(({ state }) => state).join(' ');
  const doubtful = states === 'unknown';
  const problems: string[] = [];
  if (states !== 'accepted' && !doubtful) problems.push(`${phone}: replies are ${states || 'missing'}`);
  if (doubtful ? seen > 1 : seen !== 1) problems.push(`${phone}: saw ${seen} answers, ${states}`);
  return { conversation, sent: replies.map(({ id }) => id), doubtful, problems };
}
