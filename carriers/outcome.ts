/** The four outcomes, built in one place, so that an adapter's parser reads as what it decides. */
import type { EventTime, Instant } from '../domain/time.ts';
import type { Failure } from './http.ts';
import type {
  Meaning,
  ProviderErrorReason,
  StatusTable,
  TrackingEvent,
  TrackingOutcome,
} from './shipment.ts';
import { deriveStatus, sortEvents } from './timeline.ts';

/** One question to one carrier: what a parser needs to know besides the body. */
export type Question = {
  readonly carrier: string;
  readonly number: string;
  /** The moment of reading. */
  readonly readAt: Instant;
  /** ISO 3166 alpha-2 of the order, when known. */
  readonly country?: string | undefined;
  /** Told each code that no table lists. */
  readonly onUnknownCode: (carrier: string, code: string) => void;
};

export function notFound({ carrier, number, readAt }: Question): TrackingOutcome {
  return { kind: 'not_found', carrier, number, readAt };
}

export function registered({ carrier, number, readAt }: Question): TrackingOutcome {
  return { kind: 'registered', carrier, number, readAt };
}

export function providerError(
  { carrier, number }: Pick<Question, 'carrier' | 'number'>,
  reason: ProviderErrorReason,
  retryAfterMs?: number,
): TrackingOutcome {
  const error = { kind: 'provider_error', carrier, number, reason } as const;
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs };
}

/** A failure that `http.ts` found, as the outcome of the question. */
export function failed(question: Question, { reason, retryAfterMs }: Failure): TrackingOutcome {
  return providerError(question, reason, retryAfterMs);
}

/** A known parcel: with an empty history it is registered and not scanned yet, otherwise `ok`. */
export function found(
  question: Question,
  lines: readonly TrackingEvent[],
  expectedDelivery: EventTime | null = null,
): TrackingOutcome {
  if (lines.length === 0) return registered(question);
  const { carrier, number, readAt } = question;
  const events = sortEvents(lines);
  return {
    kind: 'ok',
    shipment: { carrier, number, ...deriveStatus(events), events, expectedDelivery, readAt },
  };
}

/** Looks a code up. A code in no table is reported and has no meaning. */
export function meaningOf(table: StatusTable, code: string, question: Question): Meaning | undefined {
  if (Object.hasOwn(table, code)) return table[code];
  question.onUnknownCode(question.carrier, code);
  return undefined;
}
