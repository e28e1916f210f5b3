/**
 * Group commit: webhooks that arrive together, or while a transaction runs, share the next one. Each is answered only
 * when its own part is on the disk.
 */
import type { AcceptResult, Webhook } from './accept.ts';

type Waiting = {
  readonly webhook: Webhook;
  readonly resolve: (result: AcceptResult) => void;
  readonly reject: (error: unknown) => void;
};

/** Keeps one transaction short, so that turns get their place between two. */
const MOST_AT_ONCE = 64;

export type Intake = (webhook: Webhook) => Promise<AcceptResult>;

/** @param acceptAll stores them in one transaction, or none of them */
export function createIntake(
  acceptAll: (webhooks: readonly Webhook[]) => Promise<readonly AcceptResult[]>,
): Intake {
  let waiting: Waiting[] = [];
  let running = false;

  const drain = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      await store(acceptAll, batch);
    }
    running = false;
  };

  return (webhook) =>
    new Promise((resolve, reject) => {
      waiting.push({ webhook, resolve, reject });
      // What is being read from other connections in this round of the event loop comes along.
      if (!running && waiting.length === 1) setImmediate(() => void drain());
    });
}

/** One that cannot be stored must not keep the others out: after a failure each is tried alone. */
async function store(
  acceptAll: (webhooks: readonly Webhook[]) => Promise<readonly AcceptResult[]>,
  batch: readonly Waiting[],
): Promise<void> {
  try {
    const results = await acceptAll(batch.map(({ webhook }) => webhook));
    batch.forEach(({ resolve, reject }, index) => {
      const result = results[index];
      if (result) resolve(result);
      else reject(new Error('A webhook was not stored.'));
    });
  } catch (error) {
    if (batch.length === 1) return batch[0]?.reject(error);
    for (const one of batch) await store(acceptAll, [one]);
  }
}
