/** Wishes that an honest answer settles. What differs by country or shop comes from its policies or its own deliveries. */
import type { TicketType } from '../../../domain/conversation.ts';
import type { Draft, Flow, FlowContext, Step } from '../../engine/bot.ts';
import { orderAtHand, orderIfNamed } from '../order-slots.ts';
import { offerPerson } from '../offer-person.ts';
import { describeParcel } from '../parcel-words.ts';
import { readParcels } from '../parcels.ts';
import { policyFact } from '../policy-words.ts';
import type { LogisticsPorts } from '../ports.ts';

type LogisticsFlow = Flow<LogisticsPorts>;
type Context = FlowContext<LogisticsPorts>;

function answer(ticketType: TicketType): LogisticsFlow {
  return {
    needs: [],
    ticketType,
    run: (context) => ({ kind: 'say', drafts: [{ lines: [context.say(`answers.${context.intent}`)] }] }),
  };
}

/** Says what is known and offers a person for the rest. */
function answerAndOffer(ticketType: TicketType): LogisticsFlow {
  return {
    needs: [],
    ticketType,
    run: (context) => offerPerson(context, [{ lines: [context.say(`answers.${context.intent}`)] }]),
  };
}

/** How long deliveries of this shop took lately, said as such: a range of the past is no promise. */
export async function pastDeliveries(context: Context): Promise<Draft | null> {
  const times = await context.ports.deliveryTimes();
  if (!times) return null;
  const { from, to, orders, readAt } = times;
  return {
    lines: [context.say('eta.past_deliveries', { from, to, orders })],
    facts: [{ name: 'past deliveries', value: `${from}-${to} days`, source: 'shop', readAt }],
  };
}

const deliveryTime: LogisticsFlow = {
  needs: [],
  ticketType: 'logistics',
  run: async (context): Promise<Step> => {
    const past = await pastDeliveries(context);
    const general: Draft = { lines: [context.say('answers.delivery_time_general')] };
    return { kind: 'say', drafts: past ? [general, past] : [general] };
  },
};

/** With an order: where its parcel is. Without: how a pickup station works. */
const pickupStation: LogisticsFlow = {
  needs: orderIfNamed,
  ticketType: 'logistics',
  run: async (context): Promise<Step> => {
    const order = await orderAtHand(context);
    const parcels = order ? await readParcels(context, order) : [];
    const told = order
      ? parcels.map((parcel) => describeParcel(context, parcel, order.country, order.readAt))
      : [];
    const waiting = parcels.some(({ status }) => status === 'available_for_pickup');
    const keep = context.ports.policy('pickup_keep_days');
    const rules: Draft = {
      lines: [
        // What to bring is said with the parcel that waits.
        ...(waiting ? [] : [context.say('answers.pickup_station')]),
        keep ? context.say('pickup.keep', { count: keep.value }) : context.say('pickup.see_message'),
      ],
      facts: keep ? [policyFact(context, 'pickup_keep_days', keep)] : [],
    };
    const head: Draft[] = order
      ? [
          {
            lines: [context.say('order.headline', { number: order.number, count: parcels.length })],
            facts: [{ name: 'order', value: order.number, source: 'jumia', readAt: order.readAt }],
          },
        ]
      : [];
    return offerPerson(context, [...head, ...told, rules]);
  },
};

export const answerFlows: Readonly<Record<string, LogisticsFlow>> = {
  warranty: answerAndOffer('return'),
  pickup_station: pickupStation,
  delivery_time_general: deliveryTime,
  delivery_fee: answer('order'),
  shipping_area: answer('logistics'),
  payment_methods: answer('order'),
  voucher: answerAndOffer('order'),
};
