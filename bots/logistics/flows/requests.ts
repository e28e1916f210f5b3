/** Wishes that a person of the shop or of the marketplace must carry out: the bot prepares the request and hands over. */
import type { ControlReason, TicketType } from '../../../domain/conversation.ts';
import type { Order, OrderItem } from '../../../domain/order.ts';
import type { Fact } from '../../../domain/reply.ts';
import type { Draft, Flow, FlowContext, Mood, Step } from '../../engine/bot.ts';
import { offerPerson } from '../offer-person.ts';
import { ABOUT_ONE_ORDER, orderAtHand, theOrder } from '../order-slots.ts';
import { policyFact } from '../policy-words.ts';
import type { LogisticsPorts } from '../ports.ts';

type LogisticsFlow = Flow<LogisticsPorts>;
type Context = FlowContext<LogisticsPorts>;

function orderFacts(order: Order | null): Fact[] {
  if (!order) return [];
  const statuses = [...new Set(order.items.map((item) => item.status))].join(', ');
  return [
    { name: 'order', value: order.number, source: 'jumia', readAt: order.readAt },
    { name: 'item status', value: statuses, source: 'jumia', readAt: order.readAt },
  ];
}

function names(context: Context, items: readonly OrderItem[]): string {
  return new Intl.ListFormat(context.lang, { type: 'conjunction' }).format(
    [...new Set(items.map(({ name }) => name))].slice(0, 5),
  );
}

type Request = {
  readonly ticketType: TicketType;
  readonly reason?: ControlReason;
  readonly priority?: 'normal' | 'high' | 'urgent';
  /** What the agent must know, in English. */
  readonly note: string;
  readonly mood?: Mood;
};

function handOver(
  { reason = 'policy', priority = 'normal', note }: Omit<Request, 'ticketType' | 'mood'>,
  told: Draft,
): Step {
  return {
    kind: 'handoff',
    request: { reason, priority, note },
    drafts: [{ purpose: 'handover_notice', ...told }],
  };
}

/** Needs nothing from the customer; what is known of an order goes into the brief. */
function request({ ticketType, mood = 'calm', ...rest }: Request): LogisticsFlow {
  return {
    mood,
    needs: [],
    ticketType,
    run: async (context) =>
      handOver(rest, {
        lines: [context.say(`requests.${context.intent}`)],
        facts: orderFacts(await orderAtHand(context)),
      }),
  };
}

const invoice: LogisticsFlow = {
  needs: ABOUT_ONE_ORDER,
  ticketType: 'order',
  run: async (context) =>
    handOver(
      { note: 'asks for an invoice or receipt.' },
      {
        lines: [context.say('requests.invoice')],
        facts: orderFacts(await theOrder(context)),
      },
    ),
};

const OVER = new Set(['delivered', 'canceled', 'returned', 'failed']);

/** Another address, day, time or recipient: only while something is still to be delivered. */
function changeDelivery(note: string, priority: 'normal' | 'high'): LogisticsFlow {
  return {
    needs: ABOUT_ONE_ORDER,
    ticketType: 'logistics',
    run: async (context): Promise<Step> => {
      const order = await theOrder(context);
      const facts = orderFacts(order);
      const [first] = order?.items ?? [];
      if (order && first && order.items.every(({ status }) => OVER.has(status))) {
        const words = { number: order.number, status: context.say(`item_status.${first.status}`) };
        return offerPerson(context, [{ lines: [context.say('requests.too_late', words)], facts }]);
      }
      const when = context.understanding.entities.find(({ type }) => type === 'date')?.value;
      const wish = when ? `${note} Named day: ${when}.` : note;
      return handOver(
        { priority, note: wish },
        {
          lines: [context.say(`requests.${context.intent}`)],
          facts,
        },
      );
    },
  };
}

/** Cancelling lowers the seller's score and cannot be undone: the bot never does it, and says when it is too late. */
const cancel: LogisticsFlow = {
  needs: ABOUT_ONE_ORDER,
  ticketType: 'order',
  run: async (context): Promise<Step> => {
    const order = await theOrder(context);
    const facts = orderFacts(order);
    const number = order?.number ?? '';
    const items = order?.items ?? [];
    const open = items.filter(({ status }) => ['pending', 'ready_to_ship'].includes(status));
    const left = items.filter(({ status }) => !['pending', 'ready_to_ship', 'canceled'].includes(status));
    if (order && items.every(({ status }) => status === 'canceled'))
      return { kind: 'say', drafts: [{ facts, lines: [context.say('cancel.already', { number })] }] };
    if (order && open.length === 0) {
      const gone = left.every(({ status }) => status === 'shipped') ? 'cancel.too_late' : 'cancel.over';
      return offerPerson(context, [{ facts, lines: [context.say(gone, { number })] }], 'engine.offer_person');
    }
    const partly =
      left.length > 0
        ? [context.say('cancel.partly', { open: names(context, open), left: names(context, left) })]
        : [];
    const note = `cancel order ${number}; still possible for ${open.length} item(s): ${names({ ...context, lang: 'en' }, open)}.`;
    return handOver(
      { priority: 'high', note },
      {
        facts,
        lines: [...partly, context.say('cancel.handing_over', { number })],
      },
    );
  },
};

/** The shop knows its product: it gets the question with the product the chat or the order is about. */
const productQuestion: LogisticsFlow = {
  needs: [],
  ticketType: 'order',
  run: async (context): Promise<Step> => {
    const order = await orderAtHand(context);
    const product = context.product ?? null;
    const about = product
      ? ` Product: ${product}.`
      : order
        ? ` Products of order ${order.number}: ${names({ ...context, lang: 'en' }, order.items)}.`
        : '';
    const fact: Fact[] = product
      ? [{ name: 'product', value: product, source: 'channel', readAt: context.now }]
      : [];
    return handOver(
      { note: `asks about a product.${about}` },
      {
        lines: [context.say('requests.product_question')],
        facts: [...fact, ...orderFacts(order)],
      },
    );
  },
};

/** Heard, handed over with priority, and told in one neutral line that the law stands beside the customer. */
const complaint: LogisticsFlow = {
  mood: 'angry',
  needs: [],
  ticketType: 'other',
  run: async (context): Promise<Step> => {
    const { country } = context.shop;
    const phrase = context.ports.consumerPhrase('complaint', country, context.lang);
    const fact: Fact[] = phrase
      ? [
          {
            name: 'consumer protection',
            value: phrase.id,
            source: `phrases:${country}`,
            readAt: phrase.reviewedAt,
          },
        ]
      : [];
    return handOver(
      { reason: 'sensitive_topic', priority: 'high', note: 'is unhappy; read the conversation first.' },
      {
        lines: [context.say('requests.complaint'), phrase?.text ?? ''],
        facts: [...orderFacts(await orderAtHand(context)), ...fact],
      },
    );
  },
};

/** The marketplace's own phone line is told where it is known: some people want to call. */
const talkToHuman: LogisticsFlow = {
  needs: [],
  ticketType: 'other',
  run: async (context): Promise<Step> => {
    const hotline = context.ports.policy('hotline');
    return handOver(
      { reason: 'customer_request', note: 'asked for a person.' },
      {
        lines: [
          context.say('requests.talk_to_human'),
          ...(hotline ? [context.say('requests.hotline', { number: hotline.value })] : []),
        ],
        facts: [
          ...orderFacts(await orderAtHand(context)),
          ...(hotline ? [policyFact(context, 'hotline', hotline)] : []),
        ],
      },
    );
  },
};

export const requestFlows: Readonly<Record<string, LogisticsFlow>> = {
  cancel_order: cancel,
  change_address: changeDelivery('wants another address, phone or recipient.', 'high'),
  reschedule_delivery: changeDelivery('wants another day, time or attempt.', 'normal'),
  invoice,
  payment_problem: request({
    ticketType: 'order',
    mood: 'worried',
    reason: 'sensitive_topic',
    priority: 'high',
    note: 'reports a failed, double or wrong charge.',
  }),
  product_question: productQuestion,
  complaint,
  talk_to_human: talkToHuman,
};
