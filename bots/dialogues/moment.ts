import { DateTime } from 'luxon';
import type { Instant } from '../../domain/time.ts';

const UNITS = { minute: 'minutes', hour: 'hours', day: 'days', week: 'weeks' } as const;
const RELATIVE = /^(?:(\d+) (minute|hour|day|week)s? ago|in (\d+) (minute|hour|day|week)s?)$/;

/** "3 hours ago", "in 2 days", or an ISO date. Throws when it is none of them. */
export function momentOf(words: string, now: Instant): Instant {
  const [, past, pastUnit, ahead, aheadUnit] = RELATIVE.exec(words.trim()) ?? [];
  const start = DateTime.fromMillis(now, { zone: 'utc' });
  if (past && pastUnit)
    return start.minus({ [UNITS[pastUnit as keyof typeof UNITS]]: Number(past) }).toMillis();
  if (ahead && aheadUnit)
    return start.plus({ [UNITS[aheadUnit as keyof typeof UNITS]]: Number(ahead) }).toMillis();
  const at = DateTime.fromISO(words, { zone: 'utc' });
  if (!at.isValid)
    throw new Error(`"${words}" is no moment: write "3 hours ago", "in 2 days" or 2026-11-20T10:00+01:00.`);
  return at.toMillis();
}
