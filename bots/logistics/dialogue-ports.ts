/** The logistics bot's ports played from the facts of a dialogue: no network, no store. */
import { found, notFound, providerError, registered } from '../../carriers/outcome.ts';
import type { TrackingOutcome } from '../../carriers/shipment.ts';
import { trackingEvent } from '../../carriers/timeline.ts';
import type { Carrier } from '../../carriers/carrier.ts';
import type { ReadPhrases } from '../../compliance/phrases.ts';
import type { Order } from '../../domain/order.ts';
import type { EventTime, Instant } from '../../domain/time.ts';
import type { DialogueFacts } from '../dialogues/file.ts';
import { momentOf } from '../dialogues/moment.ts';
import type { ReadPolicy } from './policies.ts';
import type { LogisticsPorts, ParcelAnswer } from './ports.ts';

type World = {
  readonly facts: DialogueFacts;
  readonly shop: { readonly id: string; readonly country: string };
  /** The dialogue's present. */
  readonly now: Instant;
  readonly policy: ReadPolicy;
  readonly phrases: ReadPhrases;
  readonly carriers: readonly Carrier[];
};

export function portsFromFacts(world: World): LogisticsPorts {
  const { facts, carriers, now } = world;
  const orders = facts.orders.map((order) => toOrder(order, world));
  const byId = new Map(carriers.map((carrier) => [carrier.id, carrier]));
  return {
    findOrder: (number) => {
      if (facts.marketplace_down) return Promise.resolve({ kind: 'unavailable' });
      const order = orders.find((one) => one.number === number);
      return Promise.resolve(order ? { kind: 'found', order } : { kind: 'not_found' });
    },
    findOrderByTracking: (tracking) =>
      Promise.resolve(
        orders.find(({ items }) => items.some(({ trackingNumber }) => trackingNumber === tracking)) ?? null,
      ),
    trackParcel: ({ number }) => Promise.resolve(answerOf(number, world)),
    policy: world.policy,
    deliveryTimes: () => {
      const [from, to, count] = facts.past_deliveries ?? [];
      return Promise.resolve(
        from === undefined || to === undefined || count === undefined
          ? null
          : { from, to, orders: count, readAt: now },
      );
    },
    consumerPhrase: (use, country, lang) =>
      world.phrases(country, lang, now).find((phrase) => phrase.use.includes(use)) ?? null,
    feedback: true,
    carrierName: (id) => byId.get(id)?.name ?? id,
    trackingPage: (id, number, country) => byId.get(id)?.trackingPage(number, country) ?? null,
  };
}

function toOrder(order: DialogueFacts['orders'][number], { shop, now }: World): Order {
  const [firstName = null, ...rest] = order.name.split(' ');
  return {
    id: `id-${order.number}`,
    number: order.number,
    shop: shop.id,
    country: shop.country,
    prepaid: order.prepaid,
    total: null,
    items: order.items.map(({ name, status, tracking, since, pickup }, index) => ({
      id: `${order.number}-${index}`,
      name,
      sku: null,
      status,
      rawStatus: status.toUpperCase(),
      trackingNumber: tracking,
      trackingUrl: null,
      provider: null,
      pickupStation: pickup,
      paid: null,
      updatedAt: since === undefined ? null : momentOf(since, now),
    })),
    check: { firstName, lastName: rest.join(' ') || null, city: order.city },
    placedAt: momentOf(order.placed, now),
    updatedAt: now,
    readAt: now,
  };
}

function answerOf(number: string, { facts, now }: World): ParcelAnswer {
  const parcel = facts.parcels[number];
  if (!parcel) return { kind: 'unrecognized', suspect: false };
  const question = { carrier: parcel.carrier, number, readAt: now, onUnknownCode: () => undefined };
  const time = (words: string): EventTime => {
    const at = momentOf(words, now);
    return { at, local: new Date(at).toISOString(), zone: 'given' };
  };
  const answered = (outcome: TrackingOutcome): ParcelAnswer => ({ kind: 'answered', outcome, stale: false });
  switch (parcel.is) {
    case 'slow':
      return { kind: 'late', carrier: parcel.carrier };
    case 'registered':
      return answered(registered(question));
    case 'not_found':
      return answered(notFound(question));
    case 'down':
      return answered(providerError(question, 'unavailable'));
    case 'no_lookup':
      return answered(providerError(question, 'not_configured'));
    case undefined: {
      const events = parcel.events.map(([when, status, place, substatus]) =>
        trackingEvent({
          time: time(when),
          code: status,
          meaning: substatus ? { status, substatus } : status,
          place,
        }),
      );
      return answered(found(question, events, parcel.due === undefined ? null : time(parcel.due)));
    }
  }
}
