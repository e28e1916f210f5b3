/** Work nobody waits for now, but everybody before the process ends. */
import type { Log } from './log.ts';

export type Background = {
  /** A failure is logged, once. */
  readonly add: (work: Promise<void>) => void;
  /** Resolves when nothing is under way any more. */
  readonly settled: () => Promise<void>;
};

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    add: (work) => {
      const settled = work
        .catch((error: unknown) => log.error({ err: error }, 'background work failed'))
        .finally(() => running.delete(settled));
      running.add(settled);
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
