import { pino } from 'pino';
import type { Logger } from 'pino';

export type Log = Logger;

/** One line an event: ids, names and durations; never message text, tokens or personal data. */
export function createLog(level: string): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false }),
  );
}
