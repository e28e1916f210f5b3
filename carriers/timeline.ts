/**
 * From a carrier's lines to one history and one status. Carriers list newest first or oldest first,
 * sometimes both within one account, repeat themselves, and go on scanning after the delivery.
 */
import type { EventTime } from '../domain/time.ts';
import { safeCode, safePlace } from './place.ts';
import type { Meaning, ShipmentStatus, Substatus, TrackingEvent } from './shipment.ts';

/** Makes one event, free of personal data. A missing meaning is `unknown`: never guessed. */
export function trackingEvent(line: {
  readonly time: EventTime;
  readonly code: string;
  readonly meaning: Meaning | undefined;
  readonly place: string | null | undefined;
}): TrackingEvent {
  const { status, substatus } = split(line.meaning ?? 'unknown');
  return { time: line.time, code: safeCode(line.code), status, substatus, place: safePlace(line.place) };
}

function split(meaning: Meaning): { status: ShipmentStatus | 'news'; substatus: Substatus | null } {
  return typeof meaning === 'string' ? { status: meaning, substatus: null } : meaning;
}

/**
 * Oldest first, without repetitions on (instant, code, place). Lines of the same instant keep the order in
 * which the carrier tells them, which is read off the dated lines; where those do not tell, the later stage of
 * a parcel's life comes last. Lines without a readable time come first: they never outrank a dated one.
 */
export function sortEvents(events: readonly TrackingEvent[]): readonly TrackingEvent[] {
  const direction = toldDirection(events);
  const told = direction < 0 ? [...events].reverse() : [...events];
  const sorted = told.sort(
    (a, b) =>
      instant(a) - instant(b) || (direction === 0 ? STAGES.indexOf(a.status) - STAGES.indexOf(b.status) : 0),
  );
  const seen = new Set<string>();
  return sorted.filter((event) => {
    const key = JSON.stringify([event.time.at ?? event.time.local, event.code, event.place]);
    return !seen.has(key) && seen.add(key);
  });
}

/** A parcel's life in order; `news` and `unknown` say nothing about it. */
const STAGES: readonly TrackingEvent['status'][] = [
  'news',
  'unknown',
  'info_received',
  'in_transit',
  'out_for_delivery',
  'attempt_fail',
  'available_for_pickup',
  'exception',
  'cancelled',
  'delivered',
  'returned',
];

function instant({ time }: TrackingEvent): number {
  return time.at ?? 0;
}

/** Above zero when the dated lines mostly go forward, below when they go back, zero when they do not tell. */
function toldDirection(events: readonly TrackingEvent[]): number {
  const dated = events.map(({ time }) => time.at).filter((at) => at !== null);
  return dated.reduce(
    (sum, at, index) => sum + (index === 0 ? 0 : Math.sign(at - (dated[index - 1] ?? at))),
    0,
  );
}

/** The status of a parcel with this history (oldest first): that of the newest event that carries meaning. */
export function deriveStatus(events: readonly TrackingEvent[]): {
  readonly status: ShipmentStatus;
  readonly substatus: Substatus | null;
} {
  let current: TrackingEvent | null = null;
  for (const event of events) {
    if (event.status === 'news' || event.status === 'unknown') continue;
    if (current === null || changes(current, event)) current = event;
  }
  return current === null || current.status === 'news'
    ? { status: 'unknown', substatus: null }
    : { status: current.status, substatus: current.substatus };
}

/** What a later event may change. Late scans do not undo an end, and a parcel going back keeps moving. */
function changes(current: TrackingEvent, later: TrackingEvent): boolean {
  if (current.status === 'returned') return later.status === 'returned';
  if (current.status === 'delivered') {
    return later.status === 'delivered' || later.status === 'returned' || later.substatus === 'returning';
  }
  if (current.substatus === 'returning')
    return later.status !== 'in_transit' && later.status !== 'info_received';
  return true;
}
