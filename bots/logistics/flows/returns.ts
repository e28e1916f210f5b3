/** After delivery: sending back, money back, broken or wrong items. Rules come from the country's policies, days from the order. */
import { DateTime } from 'luxon';
import type { Fact } from '../../../domain/reply.ts';
import type { Draft, Flow, FlowContext, Step } from '../../engine/bot.ts';
import type { Order } from '../../../domain/order.ts';
import { offerPerson } from '../offer-person.ts';
import { ABOUT_ONE_ORDER, orderAtHand, orderIfNamed } from '../order-slots.ts';
import { clock, contents, day, describeParcel } from '../parcel-words.ts';
import { readParcels } from '../parcels.ts';
import type { Parcel } from '../parcels.ts';
import { policyFact, refundDelays } from '../policy-words.ts';
import type { LogisticsPorts } from '../ports.ts';

type LogisticsFlow = Flow<LogisticsPorts>;
type Context = FlowContext<LogisticsPorts>;

/** When a parcel arrived: the carrier's own time, else the marketplace's last change of the delivered item. */
function deliveredAt({ news, status, itemStatus, items }: Parcel): number | null {
  if (status !== 'delivered' && itemStatus !== 'delivered') return null;
  const event =
    news.kind === 'carrier' ? news.shipment.events.findLast((one) => one.status === 'delivered') : null;
  return event?.time.at ?? (itemStatus === 'delivered' ? (items[0]?.updatedAt ?? null) : null);
}

function orderFact(order: Order): Fact {
  return { name: 'order', value: order.number, source: 'jumia', readAt: order.readAt };
}

type Window = { readonly line: string; readonly open: boolean };

/** "You can return X until Friday": one line for each parcel, and whether it can still be returned. */
function returnWindow(
  context: Context,
  parcel: Parcel,
  days: number,
  mallDays: number | null,
): Window | null {
  const items = contents(context, parcel);
  const arrived = deliveredAt(parcel);
  if (arrived === null)
    return parcel.itemStatus === 'returned' || parcel.status === 'cancelled'
      ? null
      : { line: context.say('returns.after_delivery', { items, count: days }), open: true };
  const last = DateTime.fromMillis(arrived, { zone: context.shop.zone }).plus({ days }).endOf('day');
  const words = {
    items,
    delivered: day(context, arrived),
    until: day(context, last.toMillis()),
    count: days,
  };
  if (context.now <= last.toMillis()) return { line: context.say('returns.until', words), open: true };
  const over = context.say('returns.over', words);
  const mall = last.plus({ days: (mallDays ?? days) - days });
  if (context.now > mall.toMillis()) return { line: over, open: false };
  return {
    line: `${over} ${context.say('returns.mall_until', { until: day(context, mall.toMillis()) })}`,
    open: true,
  };
}

/** What is left of the time to return: per parcel of an order, or the rule. Closed when it is over for all of them. */
async function windows(
  context: Context,
  order: Order | null,
): Promise<{ readonly draft: Draft; readonly closed: boolean }> {
  const window = context.ports.policy('return_window_days');
  if (!window) return { draft: { lines: [context.say('returns.see_order_page')] }, closed: false };
  const facts = [policyFact(context, 'return_window_days', window)];
  const mall = context.ports.policy('return_window_mall_days');
  if (mall) facts.push(policyFact(context, 'return_window_mall_days', mall));
  const mallLine = mall ? [context.say('returns.mall', { count: mall.value })] : [];
  if (!order)
    return {
      draft: {
        lines: [
          context.say('returns.window', { count: window.value }),
          ...mallLine,
          context.say('returns.send_number'),
        ],
        facts,
      },
      closed: false,
    };
  const parcels = await readParcels(context, order);
  const told = parcels
    .map((parcel) => returnWindow(context, parcel, window.value, mall?.value ?? null))
    .filter((one): one is Window => one !== null);
  const closed = told.every(({ open }) => !open);
  const dates = parcels.flatMap((parcel): Fact[] => {
    const at = deliveredAt(parcel);
    const source = parcel.news.kind === 'carrier' ? parcel.news.shipment.carrier : 'jumia';
    return at === null
      ? []
      : [
          {
            name: 'delivered',
            value: clock({ lang: 'en', shop: context.shop }, at),
            source,
            readAt: order.readAt,
          },
        ];
  });
  const lines = told.map(({ line }) => line);
  return {
    draft: {
      lines: closed ? lines : [...lines, ...mallLine],
      facts: [orderFact(order), ...dates, ...facts],
    },
    closed,
  };
}

const returnItem: LogisticsFlow = {
  needs: orderIfNamed,
  ticketType: 'return',
  run: async (context): Promise<Step> => {
    const order = await orderAtHand(context);
    const route = context.ports.policy('return_route');
    const handover = context.ports.policy('return_handover');
    const how: Draft = {
      lines: [
        context.say(route ? `returns.how_${route.value}` : 'returns.how_account'),
        ...(handover ? [context.say(`returns.handover_${handover.value}`)] : []),
      ],
      facts: route ? [policyFact(context, 'return_route', route)] : [],
    };
    const { draft, closed } = await windows(context, order);
    return offerPerson(context, closed ? [draft] : [draft, how]);
  },
};

const GONE = new Set(['canceled', 'returned', 'failed']);

/** On the way back by the carrier's word, whatever the marketplace shows: then it is not true that nothing happened. */
async function parcelsComingBack(context: Context, order: Order): Promise<readonly Parcel[]> {
  const parcels = await readParcels(context, order);
  return parcels.filter(({ status, substatus }) => status === 'returned' || substatus === 'returning');
}

const refundStatus: LogisticsFlow = {
  needs: orderIfNamed,
  ticketType: 'return',
  run: async (context): Promise<Step> => {
    const order = await orderAtHand(context);
    const rules = refundDelays(context, order?.prepaid ?? null);
    const general: Draft = {
      lines: [context.say('answers.refund_status'), ...rules.lines],
      facts: rules.facts,
    };
    if (!order) return offerPerson(context, [general, { lines: [context.say('refund.send_number')] }]);
    const gone = order.items.filter(({ status }) => GONE.has(status));
    const comingBack = gone.length === 0 ? await parcelsComingBack(context, order) : [];
    if (comingBack.length > 0) {
      const told = comingBack.map((parcel) =>
        describeParcel(context, parcel, order.country, order.readAt, 'short'),
      );
      return offerPerson(context, [...told, { ...general, facts: [orderFact(order), ...rules.facts] }]);
    }
    if (gone.length === 0) {
      const line = context.say('refund.not_started', { number: order.number });
      return offerPerson(context, [{ lines: [line], facts: [orderFact(order)] }, general]);
    }
    const states: Draft = {
      lines: gone.map(({ name, status, updatedAt }) =>
        updatedAt === null
          ? context.say('refund.item', { item: name, status: context.say(`item_status.${status}`) })
          : context.say('refund.item_since', {
              item: name,
              status: context.say(`item_status.${status}`),
              since: day(context, updatedAt),
            }),
      ),
      facts: [
        orderFact(order),
        ...gone.map(({ name, status }) => ({ name, value: status, source: 'jumia', readAt: order.readAt })),
      ],
    };
    if (order.prepaid === false && gone.every(({ status }) => status !== 'returned'))
      return offerPerson(context, [states, { lines: [context.say('refund.nothing_paid')] }]);
    if (isOverdue(context, gone, rules.longestDays))
      return {
        kind: 'handoff',
        request: {
          reason: 'policy',
          priority: 'high',
          note: `refund for order ${order.number} is past the longest delay of the policy (${rules.longestDays} days).`,
        },
        drafts: [states, { lines: [context.say('refund.overdue')] }],
      };
    return offerPerson(context, [states, general]);
  },
};

const DAY_MS = 86_400_000;

function isOverdue(context: Context, gone: Order['items'], longestDays: number | null): boolean {
  if (longestDays === null) return false;
  const since = gone.map(({ updatedAt }) => updatedAt).filter((at): at is number => at !== null);
  return since.length > 0 && context.now - Math.max(...since) > longestDays * DAY_MS;
}

/** Broken, wrong, fake or incomplete: a person decides; the bot gathers what they need and says until when it counts. */
const damaged: LogisticsFlow = {
  mood: 'worried',
  needs: ABOUT_ONE_ORDER,
  ticketType: 'return',
  run: async (context): Promise<Step> => {
    const order = await orderAtHand(context);
    const within = context.ports.policy('report_damage_hours');
    const parcels = order ? await readParcels(context, order) : [];
    const arrived = parcels.map(deliveredAt).filter((at): at is number => at !== null);
    const delivered = arrived.map((at) => clock({ lang: 'en', shop: context.shop }, at)).join(', ');
    const items = order?.items.map(({ name }) => name).join(', ') ?? '';
    return {
      kind: 'handoff',
      request: {
        reason: 'sensitive_topic',
        priority: 'high',
        note: `reports a broken, wrong, fake or incomplete item${order ? ` of order ${order.number} (${items})` : ''}${delivered ? `, delivered ${delivered}` : ''}.`,
      },
      drafts: [
        {
          purpose: 'handover_notice',
          lines: [
            context.say('requests.damaged_or_wrong_item'),
            ...(within ? [context.say('returns.report_within', { count: within.value })] : []),
          ],
          facts: [
            ...(order ? [orderFact(order)] : []),
            ...(within ? [policyFact(context, 'report_damage_hours', within)] : []),
          ],
        },
      ],
    };
  },
};

export const returnFlows = {
  return_item: returnItem,
  refund_status: refundStatus,
  damaged_or_wrong_item: damaged,
};
