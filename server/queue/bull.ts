/**
 * The queue of the scaled set-up: bull on Redis, shared by any number of processes (github.com/OptimalBits/bull, 4.16).
 *
 * Traps: a job whose id exists is ignored, even while it is active, so wakes carry no id of their own; a killed
 * worker's job comes back only after the stall check, so nothing here counts on it: the store's sweep does.
 * While Redis is away, wakes stay in this process, which handles them itself if it works at all.
 */
import Bull from 'bull';
import type { Log } from '../log.ts';
import { createMemoryQueue } from './memory.ts';
import type { WakeQueue } from './queue.ts';

type Wake = { readonly conversationId: string };

const NAME = 'wismo-wake';
/** How long Redis may take to accept a wake before this process keeps it. */
const ADD_MS = 1_000;
const LOCK_MS = 60_000;
const STALL_CHECK_MS = 15_000;
const LOG_EVERY_MS = 10_000;

export type BullOptions = {
  readonly redisUrl: string;
  readonly concurrency: number;
  readonly log: Log;
  /** Separates installations that share one Redis. */
  readonly installation: string;
};

export function createBullQueue({ redisUrl, concurrency, log, installation }: BullOptions): WakeQueue {
  const queue = new Bull<Wake>(NAME, redisUrl, {
    prefix: `wismo:${installation}`,
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
    settings: { lockDuration: LOCK_MS, stalledInterval: STALL_CHECK_MS, maxStalledCount: 3 },
  });
  const local = createMemoryQueue(concurrency);
  let working = false;
  let complainedAt = 0;
  const complain = (error: unknown): void => {
    const at = Date.now();
    if (at - complainedAt < LOG_EVERY_MS) return;
    complainedAt = at;
    const why = error instanceof Error ? error.message : String(error);
    log.warn({ why }, 'redis is not reachable; wakes stay in this process');
  };
  queue.on('error', complain);

  async function add(conversationId: string, afterMs: number): Promise<void> {
    const added = queue.add({ conversationId }, afterMs > 0 ? { delay: afterMs } : {});
    added.catch(() => undefined);
    const timeout = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('no answer within a second')), ADD_MS).unref();
    });
    await Promise.race([added, timeout]);
  }

  return {
    wake: (conversationId, afterMs = 0) => {
      add(conversationId, afterMs).catch((error: unknown) => {
        complain(error);
        // A process that does not work keeps nothing: those that do look into the store.
        if (working) local.wake(conversationId, afterMs);
      });
    },
    start: (handler) => {
      working = true;
      local.start(handler);
      // Rejects when the connection ends at shutdown; bull reconnects by itself otherwise.
      queue.process(concurrency, ({ data }) => handler(data.conversationId)).catch(complain);
    },
    stop: async () => {
      await local.stop();
      await queue.close().catch(complain);
    },
    ready: async () => {
      const pong = await Promise.race([
        queue.client.ping().catch(() => null),
        new Promise<null>((resolve) => setTimeout(() => resolve(null), ADD_MS).unref()),
      ]);
      return pong === 'PONG';
    },
  };
}
