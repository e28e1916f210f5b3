/** Floods are a matter of counting, not of words: too many messages, or the same one again and again, in a minute. */
import type { Instant } from '../domain/time.ts';

/** One message a customer sent lately; the text itself is not kept. */
export type Heard = { readonly at: Instant; readonly hash: number };

const WINDOW_MS = 60_000;
/** A hasty customer writes ten lines a minute; twenty-five are a machine or a fist on the keyboard. */
const MOST_MESSAGES = 25;
const MOST_REPEATS = 8;
/** More are not needed to know. */
const MOST_KEPT = 40;

/** What was heard in the last minute, with the new messages. */
export function hear(heard: readonly Heard[], texts: readonly string[], now: Instant): readonly Heard[] {
  const added = texts.map((text) => ({ at: now, hash: hashOf(text) }));
  return [...lately(heard, now), ...added].slice(-MOST_KEPT);
}

export function isFlood(heard: readonly Heard[], now: Instant): boolean {
  const recent = lately(heard, now);
  if (recent.length > MOST_MESSAGES) return true;
  const counts = new Map<number, number>();
  for (const { hash } of recent) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return Math.max(0, ...counts.values()) > MOST_REPEATS;
}

/** Instants of the last minute, for a limit on answers. */
export function lastMinute(instants: readonly Instant[], now: Instant): readonly Instant[] {
  return instants.filter((at) => at > now - WINDOW_MS && at <= now);
}

function lately(heard: readonly Heard[], now: Instant): readonly Heard[] {
  return heard.filter(({ at }) => at > now - WINDOW_MS && at <= now);
}

/** FNV-1a of the letters and digits: "HELLO!!" and "hello" are the same message. */
function hashOf(text: string): number {
  const essence = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') || text;
  let value = 0x811c9dc5;
  for (let at = 0; at < essence.length; at += 1)
    value = Math.imul(value ^ essence.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
