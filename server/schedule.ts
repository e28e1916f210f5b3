import type { Log } from './log.ts';

export type Schedule = { readonly stop: () => Promise<void> };

/**
 * Runs the work now and then again `ms` after it ended. A failure is logged and does not end the schedule. Work that
 * takes long looks at the signal: it fires when the schedule is stopped.
 */
export function every(ms: number, work: (stopping: AbortSignal) => Promise<void>, log: Log): Schedule {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const run = async (): Promise<void> => {
    try {
      await work(stopping.signal);
    } catch (error) {
      log.error({ err: error }, 'scheduled work failed');
    }
    if (!stopping.signal.aborted) timer = setTimeout(again, ms);
  };
  const again = (): void => {
    running = run();
  };
  let running = run();
  return {
    stop: async () => {
      stopping.abort();
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
