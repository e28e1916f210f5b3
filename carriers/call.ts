/**
 * Everything between a turn and one carrier: a polite, bounded, remembered call, shared by all who ask.
 *
 *   cache → the call under way for this number → rest the carrier asked for → breaker → rate limit → one try, one more
 *
 * Waiting is the caller's matter (`within`), calling is ours: a call that outlives its caller's budget goes on,
 * and its answer is in the cache when the promised second message is written.
 */
import Bottleneck from 'bottleneck';
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { IBackoffFactory } from 'cockatiel';
import type { Clock, Instant } from '../domain/time.ts';
import type { Carrier, Track } from './carrier.ts';
import { createMemory } from './memory.ts';
import type { TrackingAnswer } from './memory.ts';
import type { ProviderErrorReason, TrackingOutcome } from './shipment.ts';
import { realTimers } from './within.ts';
import type { Timers } from './within.ts';

export type CallLimits = {
  /** For one call with its retry and its wait in the queue. Longer than any turn waits: late answers are wanted too. */
  readonly timeoutMs: number;
  readonly retryDelayMs: number;
  /** No second try when less than this is left of `timeoutMs`. */
  readonly retryNeedsMs: number;
  readonly failuresToOpen: number;
  readonly halfOpenAfterMs: number;
};

export const CALL_LIMITS: CallLimits = {
  timeoutMs: 8_000,
  retryDelayMs: 200,
  retryNeedsMs: 1_000,
  failuresToOpen: 5,
  halfOpenAfterMs: 20_000,
};

/** Longer queues would only time out; the next caller is told that the carrier is busy. */
const LONGEST_QUEUE = 200;

/** One line for the metrics: what a caller got and how long the carrier took. */
export type CallReport = {
  readonly carrier: string;
  readonly from: TrackingAnswer['from'];
  readonly result: TrackingOutcome['kind'] | ProviderErrorReason;
  readonly tookMs: number;
};

export type CallOptions = Partial<CallLimits> & {
  readonly timers?: Timers;
  readonly report?: (report: CallReport) => void;
  /** A bug in an adapter: told once a call, answered as `malformed`. */
  readonly onFault?: (carrier: string, error: unknown) => void;
};

/**
 * Asks about one number. Always resolves. With a `signal`, the caller says when it stops waiting: that spares the
 * carrier the second try when nobody waits any more, and never ends the call for others.
 */
export type Ask = {
  (number: string, country: string, signal?: AbortSignal): Promise<TrackingAnswer>;
  /** What is known without asking, however old. */
  readonly known: (number: string, country: string) => TrackingAnswer | null;
  readonly health: () => 'closed' | 'open' | 'half_open';
};

/** Who waits for the call under way; null is a caller who waits to the end. */
type Waiting = (AbortSignal | null)[];

/** Wraps one carrier's `track`. */
export function createCall(carrier: Carrier, track: Track, now: Clock, options: CallOptions = {}): Ask {
  const limits: CallLimits = { ...CALL_LIMITS, ...options };
  const timers = options.timers ?? realTimers;
  const memory = createMemory(now);
  const underWay = new Map<string, { readonly answer: Promise<TrackingAnswer>; readonly waiting: Waiting }>();
  const limiter = new Bottleneck({
    minTime: Math.ceil(1000 / carrier.rate.perSecond),
    maxConcurrent: carrier.rate.concurrent,
    highWater: LONGEST_QUEUE,
    strategy: Bottleneck.strategy.OVERFLOW,
  });
  const breaker = circuitBreaker(handleWhenResult(isDown), {
    breaker: new ConsecutiveBreaker(limits.failuresToOpen),
    halfOpenAfter: openFor(limits.halfOpenAfterMs, now),
  });
  let restUntil: Instant = 0;

  const error = (number: string, reason: ProviderErrorReason): TrackingOutcome => {
    return { kind: 'provider_error', carrier: carrier.id, number, reason };
  };

  async function live(number: string, country: string, waiting: Waiting): Promise<TrackingOutcome> {
    const retryAfterMs = restUntil - now();
    if (retryAfterMs > 0) {
      return { kind: 'provider_error', carrier: carrier.id, number, reason: 'rate_limited', retryAfterMs };
    }
    try {
      return await breaker.execute(() => tryTwice(number, country, waiting));
    } catch (fault) {
      if (fault instanceof BrokenCircuitError) return error(number, 'circuit_open');
      if (fault instanceof Bottleneck.BottleneckError) return error(number, 'rate_limited');
      options.onFault?.(carrier.id, fault);
      return error(number, 'malformed');
    }
  }

  /** One time limit over both tries and the queue; what is still queued when it passes is never sent. */
  async function tryTwice(number: string, country: string, waiting: Waiting): Promise<TrackingOutcome> {
    const end = now() + limits.timeoutMs;
    const limit = new AbortController();
    const timer = timers.set(() => limit.abort(), limits.timeoutMs);
    const overdue = new Promise<TrackingOutcome>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve(error(number, 'timeout')), { once: true });
    });
    const send = () => (limit.signal.aborted ? overdue : track(number, { country, signal: limit.signal }));
    try {
      const first = await Promise.race([limiter.schedule(send), overdue]);
      const again = isWorthAnotherTry(first) && end - now() >= limits.retryNeedsMs && isAwaited(waiting);
      if (!again) return first;
      await new Promise<void>((resolve) => void timers.set(resolve, limits.retryDelayMs));
      return await Promise.race([limiter.schedule(send), overdue]);
    } finally {
      timers.clear(timer);
    }
  }

  async function refresh(number: string, country: string, waiting: Waiting): Promise<TrackingAnswer> {
    const startedAt = now();
    const outcome = await live(number, country, waiting);
    const answer = remember(keyOf(number, country), outcome);
    const result = outcome.kind === 'provider_error' ? outcome.reason : outcome.kind;
    options.report?.({ carrier: carrier.id, from: answer.from, result, tookMs: now() - startedAt });
    return answer;
  }

  /** When the carrier says nothing about the parcel, the last it said is the answer. */
  function remember(key: string, outcome: TrackingOutcome): TrackingAnswer {
    memory.keep(key, outcome);
    const live = { outcome, from: 'live', stale: false, ageMs: 0 } as const;
    if (outcome.kind !== 'provider_error') return live;
    if (outcome.retryAfterMs !== undefined) restUntil = Math.max(restUntil, now() + outcome.retryAfterMs);
    return memory.stale(key) ?? live;
  }

  function ask(number: string, country: string, signal?: AbortSignal): Promise<TrackingAnswer> {
    const key = keyOf(number, country);
    const fresh = memory.fresh(key);
    if (fresh !== null) return Promise.resolve(fresh);
    const shared = underWay.get(key);
    if (shared !== undefined) {
      shared.waiting.push(signal ?? null);
      return shared.answer;
    }
    const waiting = [signal ?? null];
    const answer = refresh(number, country, waiting).finally(() => underWay.delete(key));
    underWay.set(key, { answer, waiting });
    return answer;
  }

  return Object.assign(ask, {
    known: (number: string, country: string) => {
      const key = keyOf(number, country);
      return memory.fresh(key) ?? memory.stale(key);
    },
    health: () => HEALTH[breaker.state],
  });
}

/** Some carriers answer by the country of the order. */
function keyOf(number: string, country: string): string {
  return `${number} ${country}`;
}

const HEALTH = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
} as const;

/** What opens the breaker. A refused key or a spent quota is not an outage: asking again is refused by other means. */
function isDown(outcome: unknown): boolean {
  const { kind, reason } = outcome as TrackingOutcome & { reason?: ProviderErrorReason };
  return (
    kind === 'provider_error' && (reason === 'unavailable' || reason === 'timeout' || reason === 'malformed')
  );
}

/** Network errors and 5xx, unless the carrier told when to come back. */
function isWorthAnotherTry(outcome: TrackingOutcome): boolean {
  return (
    outcome.kind === 'provider_error' &&
    outcome.reason === 'unavailable' &&
    outcome.retryAfterMs === undefined
  );
}

function isAwaited(waiting: Waiting): boolean {
  return waiting.some((signal) => signal?.aborted !== true);
}

/**
 * Cockatiel compares a duration with its own clock. This duration is zero once our clock says so and endless
 * before, so that the injected clock decides when the breaker lets a call through.
 */
function openFor(durationMs: number, now: Clock): IBackoffFactory<unknown> {
  const next = () => {
    const openedAt = now();
    return {
      get duration() {
        return now() - openedAt >= durationMs ? 0 : Number.POSITIVE_INFINITY;
      },
      next,
    };
  };
  return { next };
}
