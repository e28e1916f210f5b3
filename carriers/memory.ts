/** What carriers have said, for how long it is news, and for how long it is better than nothing. */
import { LRUCache } from 'lru-cache';
import type { Clock, Instant } from '../domain/time.ts';
import type { TrackingOutcome } from './shipment.ts';

export type TrackingAnswer = {
  readonly outcome: TrackingOutcome;
  /** `stale`: older than allowed, told because the carrier is down. */
  readonly from: 'live' | 'cache' | 'stale';
  /** The same as `from === 'stale'`. */
  readonly stale: boolean;
  /** Milliseconds since the carrier said it. */
  readonly ageMs: number;
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NUMBERS_REMEMBERED = 50_000;
/** An answer older than this is not told even when the carrier is down. */
const STALE_FOR_MS = 3 * DAY;

export type Memory = {
  /** Keeps what says something about the parcel; an error is not kept. */
  readonly keep: (key: string, outcome: TrackingOutcome) => void;
  /** The answer, when it is still so new that the carrier need not be asked. */
  readonly fresh: (key: string) => TrackingAnswer | null;
  /** The last known whereabouts, however old within reason. */
  readonly stale: (key: string) => TrackingAnswer | null;
};

export function createMemory(now: Clock): Memory {
  const kept = new LRUCache<string, { outcome: TrackingOutcome; at: Instant }>({ max: NUMBERS_REMEMBERED });
  return {
    keep: (key, outcome) => {
      if (outcome.kind !== 'provider_error') kept.set(key, { outcome, at: now() });
    },
    fresh: (key) => {
      const known = kept.get(key);
      if (known === undefined || now() - known.at >= freshFor(known.outcome)) return null;
      return { outcome: known.outcome, from: 'cache', stale: false, ageMs: now() - known.at };
    },
    stale: (key) => {
      const known = kept.get(key);
      if (known?.outcome.kind !== 'ok' || now() - known.at > STALE_FOR_MS) return null;
      return { outcome: known.outcome, from: 'stale', stale: true, ageMs: now() - known.at };
    },
  };
}

/** Milliseconds for which an answer may be repeated without asking again. */
function freshFor(outcome: TrackingOutcome): number {
  switch (outcome.kind) {
    case 'provider_error':
      return 0;
    case 'not_found':
    case 'registered':
      return MINUTE;
    case 'ok':
      return ['delivered', 'returned', 'cancelled'].includes(outcome.shipment.status) ? DAY : 5 * MINUTE;
  }
}
