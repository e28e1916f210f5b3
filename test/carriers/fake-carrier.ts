/** A carrier whose answers a test gives by hand, and a clock that moves only when told. */
import type { Carrier, Track } from '../../carriers/carrier.ts';
import { dhl } from '../../carriers/dhl.ts';
import type { ProviderErrorReason, ShipmentStatus, TrackingOutcome } from '../../carriers/shipment.ts';
import type { Timers } from '../../carriers/within.ts';

export const CARRIER: Carrier = { ...dhl, id: 'test', rate: { perSecond: 10_000, concurrent: 3 } };

export type ManualCall = {
  readonly number: string;
  readonly signal: AbortSignal;
  readonly answer: (outcome: TrackingOutcome) => void;
  readonly fail: (error: Error) => void;
};

export type ManualTrack = {
  readonly track: Track;
  /** The n-th call to the carrier, from 1, as soon as it is made. */
  readonly call: (count: number) => Promise<ManualCall>;
  readonly count: () => number;
};

/** Calls wait for `answer`; with `always`, they are answered at once. */
export function manualTrack(always?: (number: string) => TrackingOutcome): ManualTrack {
  const calls: ManualCall[] = [];
  const waiting: { count: number; resolve: (call: ManualCall) => void }[] = [];
  return {
    track: (number, { signal }) =>
      new Promise((resolve, reject) => {
        const made = { number, signal, answer: resolve, fail: reject };
        calls.push(made);
        if (always !== undefined) resolve(always(number));
        for (const one of waiting) if (one.count === calls.length) one.resolve(made);
      }),
    call: (count) =>
      new Promise((resolve) => {
        const made = calls[count - 1];
        if (made === undefined) waiting.push({ count, resolve });
        else resolve(made);
      }),
    count: () => calls.length,
  };
}

export type FakeTime = {
  readonly now: () => number;
  readonly timers: Timers;
  readonly advance: (ms: number) => Promise<void>;
  /** Timers that are set and have not fired. */
  readonly pending: () => number;
};

export function fakeTime(start: number): FakeTime {
  let time = start;
  let due: { at: number; run: () => void }[] = [];
  return {
    now: () => time,
    timers: {
      set: (run, afterMs) => {
        const timer = { at: time + afterMs, run };
        due.push(timer);
        return timer;
      },
      clear: (timer) => {
        due = due.filter((other) => other !== timer);
      },
    },
    pending: () => due.length,
    advance: async (ms) => {
      time += ms;
      const ripe = due.filter(({ at }) => at <= time);
      due = due.filter(({ at }) => at > time);
      ripe.forEach(({ run }) => run());
      await settled();
    },
  };
}

/** Waits, turn by turn of the event loop, until it is so; mocha's time limit is the end of patience. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled();
}

/** Everything that was ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const AT = 1_000;
export const ok = (
  carrier: string,
  number: string,
  status: ShipmentStatus = 'in_transit',
): TrackingOutcome => ({
  kind: 'ok',
  shipment: { carrier, number, status, substatus: null, events: [], expectedDelivery: null, readAt: AT },
});
export const nothing = (
  kind: 'registered' | 'not_found',
  carrier: string,
  number: string,
): TrackingOutcome => ({
  kind,
  carrier,
  number,
  readAt: AT,
});
export const down = (
  carrier: string,
  number: string,
  reason: ProviderErrorReason,
  retryAfterMs?: number,
): TrackingOutcome =>
  retryAfterMs === undefined
    ? { kind: 'provider_error', carrier, number, reason }
    : { kind: 'provider_error', carrier, number, reason, retryAfterMs };
