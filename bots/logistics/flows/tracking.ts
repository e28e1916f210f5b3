/** Where it is, when it comes, why it is late, and why it is not here. */
import { DateTime } from 'luxon';
import type { Order } from '../../../domain/order.ts';
import type { Draft, Flow, FlowContext, FollowUp, Step } from '../../engine/bot.ts';
import { offerPerson } from '../offer-person.ts';
import { ABOUT_ONE_ORDER, FIRST_RETRY_MS, mayTell, orderSlots, theOrder } from '../order-slots.ts';
import type { Parcel } from '../parcels.ts';
import { readParcels, toNews } from '../parcels.ts';
import type { Detail } from '../parcel-words.ts';
import { clock, day, describeParcel, isOver } from '../parcel-words.ts';
import type { LogisticsPorts } from '../ports.ts';
import { namedOrders } from '../reference.ts';
import { pastDeliveries } from './answers.ts';

type Context = FlowContext<LogisticsPorts>;
type LogisticsFlow = Flow<LogisticsPorts>;

const PARCELS_DESCRIBED = 6;

/** Everything the tracking flows share: the order with its parcels, or a lone tracking number. */
type Found = {
  readonly order: Order;
  readonly parcels: readonly Parcel[];
  readonly drafts: readonly Draft[];
  readonly later: readonly FollowUp[];
};

async function look(context: Context, detail: Detail = 'full'): Promise<Found | null> {
  const order = await theOrder(context);
  return order ? tell(context, order, detail) : null;
}

/** What was told a moment ago is not told at full length again. */
function shorterWhenTold(context: Context): Detail {
  const { told, orderNumber } = orderSlots(context);
  return told !== undefined && told === orderNumber ? 'short' : 'full';
}

async function tell(context: Context, order: Order, detail: Detail = 'full'): Promise<Found> {
  const parcels = await readParcels(context, order);
  const silent = parcels.some((parcel) => parcel.news.kind === 'carrier_silent');
  const later = silent
    ? [
        {
          afterMs: FIRST_RETRY_MS,
          data: { orderNumber: order.number },
          promise: `news on order ${order.number} as soon as the carrier answers`,
        },
      ]
    : [];
  const head: Draft = {
    lines: [context.say('order.headline', { number: order.number, count: parcels.length })],
    facts: [{ name: 'order', value: order.number, source: 'jumia', readAt: order.readAt }],
  };
  const told = parcels
    .slice(0, PARCELS_DESCRIBED)
    .map((parcel) => describeParcel(context, parcel, order.country, order.readAt, detail));
  const rest = parcels.length - told.length;
  const more: Draft[] = rest > 0 ? [{ lines: [context.say('order.more_parcels', { count: rest })] }] : [];
  return { order, parcels, drafts: [head, ...told, ...more], later };
}

const track: LogisticsFlow = {
  needs: ABOUT_ONE_ORDER,
  ticketType: 'logistics',
  run: async (context) => {
    const found = await look(context);
    if (!found) return trackNumber(context);
    const others = await lookAtOthers(context, found.order.number);
    return {
      kind: 'say',
      drafts: [...found.drafts, ...others.flatMap(({ drafts }) => drafts)],
      later: [...found.later, ...others.flatMap(({ later }) => later)],
      slots: { told: found.order.number },
    };
  },
};

const MOST_ORDERS = 3;

/** A message may name several orders. Those that may be told without a further check are told; the others are asked for. */
async function lookAtOthers(
  context: Context,
  told: string,
): Promise<readonly Pick<Found, 'drafts' | 'later'>[]> {
  const others = namedOrders(context).filter((number) => number !== told);
  return Promise.all(
    others.slice(0, MOST_ORDERS - 1).map(async (number) => {
      const nothing = { drafts: [{ lines: [context.say('order.next', { number })] }], later: [] };
      if (!mayTell(context, number)) return nothing;
      const lookup = await context.ports.findOrder(number, context.signal);
      if (lookup.kind === 'not_found')
        return { drafts: [{ lines: [context.say('order.not_found', { number })] }], later: [] };
      return lookup.kind === 'found' ? tell(context, lookup.order) : nothing;
    }),
  );
}

/** A tracking number that belongs to no order we know: the carrier's public word is all there is. */
async function trackNumber(context: Context): Promise<Step> {
  const number = orderSlots(context).trackingNumber ?? '';
  const answer = await context.ports.trackParcel({
    number,
    trackingUrl: null,
    provider: null,
    country: context.shop.country,
    carriers: context.shop.carriers,
    signal: context.signal,
  });
  if (answer.kind === 'unrecognized') {
    const almostOrder = /^\d{6,12}$/.test(number) && !answer.suspect;
    const line = almostOrder
      ? context.say('ask.reference_malformed', { number, digits: number.length })
      : context.say(answer.suspect ? 'tracking.suspect' : 'tracking.unrecognized', { number });
    return {
      kind: 'ask',
      slot: 'reference',
      prompt: { key: 'ask.reference' },
      drafts: [{ lines: [line] }],
      slots: { trackingNumber: undefined },
    };
  }
  const news = toNews(answer);
  const shipment = news.kind === 'carrier' ? news.shipment : null;
  const parcel: Parcel = {
    items: [],
    number,
    trackingUrl: null,
    itemStatus: 'unknown',
    status: shipment?.status ?? (news.kind === 'no_scan' ? 'info_received' : 'unknown'),
    substatus: shipment?.substatus ?? null,
    news,
  };
  const draft = describeParcel(context, parcel, context.shop.country, context.now);
  const headed = context.say('tracking.headline', { number, status: context.say(`status.${parcel.status}`) });
  const facts = (draft.facts ?? []).filter((fact) => fact.source !== 'jumia');
  return { kind: 'say', drafts: [{ ...draft, lines: [headed, ...draft.lines.slice(1)], facts }] };
}

const eta: LogisticsFlow = {
  needs: ABOUT_ONE_ORDER,
  ticketType: 'logistics',
  run: async (context) => {
    const found = await look(context, shorterWhenTold(context));
    if (!found) return trackNumber(context);
    const slots = { told: found.order.number };
    const moving = found.parcels.filter((parcel) => !isOver(parcel));
    const dated = moving.some(
      (parcel) => parcel.news.kind === 'carrier' && parcel.news.shipment.expectedDelivery?.at,
    );
    if (moving.length === 0 || dated) return { kind: 'say', drafts: found.drafts, later: found.later, slots };
    // Only of a carrier that answered can it be said that it gives no date.
    const asked = moving.some(({ news }) => news.kind === 'carrier' || news.kind === 'no_scan');
    const past = await pastDeliveries(context);
    const { placedAt } = found.order;
    const compared =
      past && placedAt !== null
        ? [...past.lines, context.say('eta.ordered_on', { day: day(context, placedAt) })]
        : [];
    const honest: Draft = {
      lines: [context.say(asked ? 'eta.no_date' : 'eta.not_known'), ...compared],
      ...(compared.length > 0 && past?.facts ? { facts: past.facts } : {}),
    };
    return { kind: 'say', drafts: [...found.drafts, honest], later: found.later, slots };
  },
};

const QUIET_DAYS = 5;

const late: LogisticsFlow = {
  mood: 'worried',
  needs: ABOUT_ONE_ORDER,
  ticketType: 'logistics',
  run: async (context) => {
    // What normally comes next is no comfort to somebody for whom it did not come.
    const found = await look(context, 'short');
    if (!found) return trackNumber(context);
    if (found.parcels.every(isOver)) return { kind: 'say', drafts: found.drafts, later: found.later };
    const sorry: Draft = { lines: [context.say('late.sorry')] };
    const overdue =
      beyondPromise(context, found) || found.parcels.some((parcel) => isOverdue(context, parcel));
    if (!overdue)
      return {
        ...offerPerson(context, [sorry, ...found.drafts], 'late.offer'),
        later: found.later,
      };
    return {
      kind: 'handoff',
      request: {
        reason: 'policy',
        priority: 'high',
        note: `order ${found.order.number} is beyond its promise or has not moved for ${QUIET_DAYS} days.`,
      },
      drafts: [sorry, ...found.drafts, { lines: [context.say('late.handing_over')] }],
    };
  },
};

/** Still on its way when the country's promise is over, or still with the shop days after it was ordered. */
function beyondPromise({ now, ports }: Context, { order, parcels }: Found): boolean {
  if (order.placedAt === null) return false;
  const age = DateTime.fromMillis(now).diff(DateTime.fromMillis(order.placedAt), 'days').days;
  const promise = ports.policy('delivery_promise_days');
  if (promise && age > promise.value[1]) return true;
  const waiting = parcels.some(({ itemStatus }) => ['pending', 'ready_to_ship'].includes(itemStatus));
  return waiting && age > QUIET_DAYS;
}

/** Past the carrier's own date, stuck in trouble, or silent for days. */
function isOverdue(context: Context, parcel: Parcel): boolean {
  if (isOver(parcel) || parcel.news.kind !== 'carrier') return false;
  const { shipment } = parcel.news;
  const promised = shipment.expectedDelivery?.at;
  const endOfDay = promised
    ? DateTime.fromMillis(promised, { zone: context.shop.zone }).endOf('day').toMillis()
    : null;
  if (endOfDay !== null && context.now > endOfDay) return true;
  const last = shipment.events.at(-1)?.time.at;
  const quiet = last
    ? DateTime.fromMillis(context.now).diff(DateTime.fromMillis(last), 'days').days >= QUIET_DAYS
    : false;
  return quiet || shipment.status === 'exception';
}

const notReceived: LogisticsFlow = {
  mood: 'worried',
  needs: ABOUT_ONE_ORDER,
  ticketType: 'logistics',
  run: async (context) => {
    const found = await look(context, 'short');
    if (!found) return trackNumber(context);
    const delivered = found.parcels.filter(
      (parcel) => parcel.status === 'delivered' || parcel.itemStatus === 'delivered',
    );
    if (delivered.length === 0)
      return {
        kind: 'say',
        drafts: [{ lines: [context.say('not_received.still_moving')] }, ...found.drafts],
        later: found.later,
      };
    return {
      kind: 'handoff',
      request: {
        reason: 'sensitive_topic',
        priority: 'urgent',
        note: `order ${found.order.number} is shown delivered, the customer did not receive it. ${deliveredAt(context, delivered)}`,
      },
      drafts: [
        { lines: [context.say('not_received.sorry')] },
        ...found.drafts,
        { lines: [context.say('not_received.checks'), context.say('not_received.handing_over')] },
      ],
    };
  },
};

function deliveredAt(context: Context, parcels: readonly Parcel[]): string {
  const times = parcels.flatMap((parcel) => {
    const event =
      parcel.news.kind === 'carrier'
        ? parcel.news.shipment.events.findLast((one) => one.status === 'delivered')
        : null;
    return event?.time.at
      ? [
          `Delivered ${clock({ lang: 'en', shop: context.shop }, event.time.at)}${event.place ? ` in ${event.place}` : ''}.`,
        ]
      : [];
  });
  return times.join(' ');
}

export const trackingFlows = {
  track_order: track,
  delivery_eta: eta,
  delivery_late: late,
  not_received: notReceived,
};
