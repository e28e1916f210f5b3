/** Puts a parcel into words: what is in it, where it is, the last event, what happens next, where to follow it. */
import { DateTime } from 'luxon';
import type { Shipment, TrackingEvent } from '../../carriers/shipment.ts';
import type { Fact, TimelineEntry } from '../../domain/reply.ts';
import type { EventTime } from '../../domain/time.ts';
import type { Draft, FlowContext } from '../engine/bot.ts';
import type { Parcel } from './parcels.ts';
import type { LogisticsPorts } from './ports.ts';

type Context = FlowContext<LogisticsPorts>;

const TIMELINE_ENTRIES = 6;
const NAMES_SHOWN = 3;
const NAME_CHARS = 60;

/** `short` leaves out what happens next and where to follow: for answers that tell the parcel as a reason. */
export type Detail = 'full' | 'short';

/** One parcel as a block of lines, with its timeline and the facts it rests on. */
export function describeParcel(
  context: Context,
  parcel: Parcel,
  country: string,
  readAt: number,
  detail: Detail = 'full',
): Draft {
  const lines = [
    headline(context, parcel),
    lastEvent(context, parcel),
    marketplaceDisagrees(context, parcel),
    expected(context, parcel),
    ...(detail === 'full'
      ? [next(context, parcel), link(context, parcel, country)]
      : [promise(context, parcel)]),
  ].filter((line): line is string => line !== null);
  const timeline = parcel.news.kind === 'carrier' ? toTimeline(context, parcel, parcel.news.shipment) : [];
  return { lines, facts: parcelFacts(context, parcel, readAt), ...(timeline.length > 0 ? { timeline } : {}) };
}

/** "2 × Kettle, Lamp and 1 more". */
export function contents(context: Context, parcel: Parcel): string {
  const counts = new Map<string, number>();
  for (const item of parcel.items) counts.set(item.name, (counts.get(item.name) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count > 1 ? `${count} × ${clip(name)}` : clip(name)));
  const shown = names.slice(0, NAMES_SHOWN);
  if (names.length > NAMES_SHOWN)
    shown.push(context.say('parcel.and_more', { count: names.length - NAMES_SHOWN }));
  return new Intl.ListFormat(context.lang, { type: 'conjunction' }).format(shown);
}

function clip(name: string): string {
  return name.length <= NAME_CHARS ? name : `${name.slice(0, NAME_CHARS - 1)}…`;
}

function headline(context: Context, parcel: Parcel): string {
  const items = contents(context, parcel);
  return `📦 ${context.say('parcel.headline', { items, status: statusWords(context, parcel) })}`;
}

function statusWords(context: Context, parcel: Parcel): string {
  if (parcel.status === 'info_received' && parcel.itemStatus === 'pending')
    return context.say('status.preparing');
  return withSubstatus(context, 'status', parcel.status, parcel.substatus);
}

/** A substatus that changes the meaning has words of its own; the others read well as the plain status. */
function withSubstatus(context: Context, group: string, status: string, substatus: string | null): string {
  const specific = substatus ? context.say(`${group}.${status}_${substatus}`, { fallback: '' }) : '';
  return specific || context.say(`${group}.${status}`);
}

function lastEvent(context: Context, parcel: Parcel): string | null {
  const { news } = parcel;
  switch (news.kind) {
    case 'carrier': {
      const event =
        news.shipment.events.findLast((candidate) => candidate.status !== 'news') ??
        news.shipment.events.at(-1);
      const carrier = context.ports.carrierName(news.shipment.carrier);
      if (!event) return context.say('parcel.no_scan', { carrier });
      const told = eventWords(context, event);
      if (!news.stale) return context.say('parcel.last_event', { carrier, event: told });
      return context.say('parcel.last_event_stale', {
        carrier,
        event: told,
        read: clock(context, news.shipment.readAt),
      });
    }
    case 'no_scan':
      return context.say('parcel.no_scan', { carrier: context.ports.carrierName(news.carrier) });
    case 'carrier_unaware':
      return context.say('parcel.carrier_unaware', {
        carrier: context.ports.carrierName(news.carrier),
        number: parcel.number ?? '',
      });
    case 'carrier_silent':
      return context.say('parcel.carrier_silent', { carrier: context.ports.carrierName(news.carrier) });
    case 'no_lookup':
      return context.say('parcel.no_lookup', { carrier: context.ports.carrierName(news.carrier) });
    case 'marketplace':
      return marketplaceWord(context, parcel);
  }
}

function marketplaceWord(context: Context, parcel: Parcel): string | null {
  const at = parcel.items[0]?.updatedAt ?? null;
  return at === null ? null : context.say('parcel.marketplace_since', { time: clock(context, at) });
}

/** Two sources that differ are both told: choosing one would be inventing. */
function marketplaceDisagrees(context: Context, parcel: Parcel): string | null {
  if (parcel.news.kind === 'no_scan' && parcel.itemStatus === 'shipped')
    return context.say('parcel.marketplace_says', { status: context.say('item_status.shipped') });
  if (parcel.news.kind !== 'carrier') return null;
  const final = ['delivered', 'returned', 'failed'].includes(parcel.itemStatus);
  const differs =
    parcel.itemStatus === 'delivered' ? parcel.status !== 'delivered' : parcel.status === 'delivered';
  if (!final || !differs) return null;
  return context.say('parcel.marketplace_says', { status: context.say(`item_status.${parcel.itemStatus}`) });
}

function expected(context: Context, parcel: Parcel): string | null {
  if (parcel.news.kind !== 'carrier' || isOver(parcel)) return null;
  const date = parcel.news.shipment.expectedDelivery;
  if (!date || date.at === null) return null;
  return context.say('parcel.expected', {
    carrier: context.ports.carrierName(parcel.news.shipment.carrier),
    day: day(context, date.at),
  });
}

/** Nothing more will happen on the way. */
export function isOver(parcel: Parcel): boolean {
  return ['delivered', 'returned', 'cancelled'].includes(parcel.status);
}

/** News that will be written by itself. */
function promise(context: Context, { news }: Parcel): string | null {
  return news.kind === 'carrier_silent' ? context.say('parcel.will_write') : null;
}

function next(context: Context, parcel: Parcel): string | null {
  if (parcel.news.kind === 'carrier_silent') return promise(context, parcel);
  // What to do is said already, and what comes next is unknown until the carrier knows the number.
  if (parcel.news.kind === 'carrier_unaware') return null;
  if (parcel.status === 'unknown') return context.say('next.unknown');
  return withSubstatus(context, 'next', parcel.status, parcel.substatus);
}

function link(context: Context, parcel: Parcel, country: string): string | null {
  const { news, number } = parcel;
  if (!number) return null;
  const carrier = news.kind === 'carrier' ? news.shipment.carrier : 'carrier' in news ? news.carrier : null;
  if (carrier && context.ports.notCertified?.has(carrier)) return null;
  const url = carrier ? context.ports.trackingPage(carrier, number, country) : null;
  if (url) return context.say('parcel.follow', { url });
  return parcel.trackingUrl
    ? context.say('parcel.follow', { url: parcel.trackingUrl })
    : context.say('parcel.number', { number });
}

/** "Out for delivery, Lagos, Thu 5 Nov, 11:32". */
export function eventWords(context: Context, event: TrackingEvent): string {
  const parts = [eventLabel(context, event), event.place, eventClock(context, event.time)];
  return parts.filter((part): part is string => part !== null && part !== '').join(', ');
}

function eventLabel(context: Context, event: TrackingEvent): string {
  if (event.status === 'news' || event.status === 'unknown') return context.say('event.update');
  return withSubstatus(context, 'event', event.status, event.substatus);
}

function eventClock(context: Context, time: EventTime): string {
  return time.at === null ? time.local : clock(context, time.at);
}

/** In the zone of the customer's country and in their language: "Thu 5 Nov, 11:32". */
export function clock(context: Pick<Context, 'lang' | 'shop'>, at: number): string {
  const shown = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  } as const;
  return inWords(context, at).toLocaleString({ ...shown, hourCycle: 'h23' });
}

/** English as the served countries write it; every other language as its own rules have it. */
function inWords(context: Pick<Context, 'lang' | 'shop'>, at: number): DateTime {
  return DateTime.fromMillis(at, { zone: context.shop.zone }).setLocale(
    context.lang === 'en' ? 'en-GB' : context.lang,
  );
}

/** In the zone of the customer's country and in their language: "Thursday 5 November". */
export function day(context: Pick<Context, 'lang' | 'shop'>, at: number): string {
  return inWords(context, at).toLocaleString({ weekday: 'long', day: 'numeric', month: 'long' });
}

function toTimeline(context: Context, parcel: Parcel, shipment: Shipment): TimelineEntry[] {
  const recent = shipment.events.slice(-TIMELINE_ENTRIES);
  const of = contents(context, parcel);
  return recent.map((event, index) => ({
    ...(of ? { of } : {}),
    label: eventLabel(context, event),
    ...(event.place ? { place: event.place } : {}),
    time: eventClock(context, event.time),
    current: index === recent.length - 1,
  }));
}

function parcelFacts(context: Context, parcel: Parcel, readAt: number): Fact[] {
  const items = contents({ ...context, lang: 'en' }, parcel);
  const facts: Fact[] = [{ name: items || 'item', value: parcel.itemStatus, source: 'jumia', readAt }];
  if (parcel.news.kind !== 'carrier') return facts;
  const { shipment } = parcel.news;
  const last = shipment.events.at(-1);
  facts.push({
    name: `parcel ${shipment.number}`,
    value: shipment.status,
    source: shipment.carrier,
    readAt: shipment.readAt,
  });
  if (last)
    facts.push({
      name: `last event of ${shipment.number}`,
      value: [last.status, last.place, eventClock({ ...context, lang: 'en' }, last.time)]
        .filter((part) => part !== null)
        .join(', '),
      source: shipment.carrier,
      readAt: shipment.readAt,
    });
  return facts;
}
