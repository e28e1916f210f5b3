import { DateTime } from 'luxon';
import type { Fact } from '../../domain/reply.ts';
import type { FlowContext, Memory } from './bot.ts';

/**
 * Two lines an agent can act on: who, in which language and mood, what was asked, what was promised; then the facts
 * with the time they were read. English, because desks serve several languages.
 */
export function writeBrief<P>(context: FlowContext<P>, note: string, memory: Memory): string {
  const who = context.customerName ?? 'Customer';
  const { topic } = context.memory;
  const after = topic && topic !== context.intent ? ` after ${topic}` : '';
  const last = oneLine(context.text);
  const before = context.memory.asked ? oneLine(context.memory.asked) : null;
  const asked = before && last.split(' ').length < FEWEST_WORDS ? ` Before: "${before}".` : '';
  const promised = memory.promised.length > 0 ? ` Promised: ${memory.promised.join('; ')}.` : '';
  const first = `${who} (${context.lang}, ${memory.mood}) wants ${context.intent}${after}: ${note} Last message: "${last}".${asked}${promised}`;
  const known = latest(memory.facts).map(
    (fact) => `${fact.name} ${fact.value} (${fact.source}, ${clock(fact.readAt, context.shop.zone)})`,
  );
  return known.length > 0
    ? `${first}\nFacts: ${known.join('; ')}.`
    : `${first}\nNo order facts were established.`;
}

const ASKED_CHARS = 160;
/** A shorter message needs the one before it to be understood. */
const FEWEST_WORDS = 3;

function oneLine(text: string): string {
  return clip(text.replace(/\s+/g, ' ').trim(), ASKED_CHARS);
}

/** A fact told twice is told once, as it was read last. */
function latest(facts: readonly Fact[]): readonly Fact[] {
  const byName = new Map<string, Fact>();
  for (const fact of facts) {
    byName.delete(`${fact.name} ${fact.source}`);
    byName.set(`${fact.name} ${fact.source}`, fact);
  }
  return [...byName.values()];
}

const DAY_MS = 86_400_000;

/** A midnight of the calendar is a day that somebody wrote down, not a moment. */
function clock(at: number, zone: string): string {
  if (at % DAY_MS === 0) return DateTime.fromMillis(at, { zone: 'utc' }).toFormat('d LLL', { locale: 'en' });
  return DateTime.fromMillis(at, { zone }).toFormat('d LLL HH:mm', { locale: 'en' });
}

function clip(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
