/** The slots of a question about an order: which order, and whether the customer may hear about it. */
import type { Order } from '../../domain/order.ts';
import type { FlowContext, Slot, SlotResult } from '../engine/bot.ts';
import { matchesCheck } from './identity.ts';
import type { LogisticsPorts } from './ports.ts';
import { offerPerson } from './offer-person.ts';
import { namedOrders, readReference } from './reference.ts';

/** What a question about an order needs: which one, and whether we may talk about it. */
export const ABOUT_ONE_ORDER = ['reference', 'access'] as const;

type Context = FlowContext<LogisticsPorts>;

export type OrderSlots = {
  readonly orderNumber?: string | undefined;
  readonly trackingNumber?: string | undefined;
  /** Orders named so far, as they came up. */
  readonly orders?: readonly string[];
  /** Several were named at once: the next question must say which. */
  readonly undecided?: readonly string[] | undefined;
  /** The order whose parcels were told last: what follows need not tell everything again. */
  readonly told?: string | undefined;
  readonly verified?: readonly string[];
  readonly failedChecks?: number;
  /** How often the check was asked since one was passed, whatever became of it. */
  readonly askedChecks?: number;
};

export function orderSlots(context: Context): OrderSlots {
  return context.memory.slots;
}

/** What a question needs that can be answered without an order, and better with one: nothing is asked for its sake. */
export function orderIfNamed(context: Context): readonly string[] {
  const known = orderSlots(context);
  const named = readReference(context).kind !== 'none' || known.orderNumber || known.trackingNumber;
  return named || context.boundOrder ? ABOUT_ONE_ORDER : [];
}

/** The reference a message names in passing, for the questions that follow. */
export function rememberReference(context: Context): OrderSlots {
  const read = readReference(context);
  if (read.kind === 'order') return focusOn(context, read.number);
  return read.kind === 'tracking' ? { trackingNumber: read.number } : {};
}

const MOST_FAILED_CHECKS = 3;
/** Also bounds those who name one order after another without ever answering the question. */
const MOST_ASKED_CHECKS = 6;
const LONGEST_CHECK_ANSWER = 10;
/** "Can I pay cash?" is another question; "Okafor, Lagos" is an answer, whatever intent it resembles. */
const FEWEST_QUESTION_WORDS = 3;
const COURTESIES = new Set(['greet', 'thank', 'affirm', 'give_reference', 'bot_challenge', 'out_of_scope']);

/** Which order or parcel: from this message, else the one in context, else the one the channel is bound to. */
export const reference: Slot<LogisticsPorts> = {
  answers: (context) => readReference(context).kind !== 'none' || pickOrder(context) !== null,
  unknown: (context) =>
    offerPerson(context, [{ lines: [context.say('ask.reference_help')] }], 'engine.offer_person'),
  fill: async (context): Promise<SlotResult> => {
    const read = readReference(context);
    const known = orderSlots(context);
    switch (read.kind) {
      case 'order':
        return { kind: 'filled', slots: focusOn(context, read.number) };
      case 'tracking': {
        const order = await context.ports.findOrderByTracking(read.number);
        return { kind: 'filled', slots: { orderNumber: order?.number, trackingNumber: read.number } };
      }
      case 'malformed':
        return {
          kind: 'ask',
          slot: 'reference',
          prompt: { key: 'ask.reference' },
          drafts: [
            { lines: [context.say('ask.reference_malformed', { number: read.typed, digits: read.digits })] },
          ],
        };
      case 'none':
        return fromContext(context, known);
    }
  },
};

/** No number in this message: the order it points at, the one in context, the one the channel is bound to, or a question. */
function fromContext(context: Context, known: OrderSlots): SlotResult {
  const picked = pickOrder(context);
  if (picked) return { kind: 'filled', slots: focusOn(context, picked) };
  if (context.pointed !== 'other') {
    if (known.undecided) return askWhich(known.undecided);
    if (known.orderNumber ?? known.trackingNumber) return { kind: 'filled', slots: {} };
    if (context.boundOrder) return { kind: 'filled', slots: focusOn(context, context.boundOrder) };
  }
  return { kind: 'ask', slot: 'reference', prompt: { key: 'ask.reference' } };
}

const ORDER_CHOICE = 'order:';
/** As many buttons as every channel has. */
const MOST_CHOICES = 3;

function askWhich(numbers: readonly string[]): SlotResult {
  const choices = numbers
    .slice(0, MOST_CHOICES)
    .map((number) => ({ id: `${ORDER_CHOICE}${number}`, title: number }));
  return { kind: 'ask', slot: 'reference', prompt: { key: 'ask.which_order' }, choices };
}

/** The order a button or "the second one" picks among those named; null when nothing is picked. */
function pickOrder(context: Context): string | null {
  const { choice, pointed } = context;
  if (choice?.startsWith(ORDER_CHOICE)) return choice.slice(ORDER_CHOICE.length);
  const { undecided, orders = [], orderNumber } = orderSlots(context);
  const among = undecided ?? orders;
  if (pointed === null || among.length < 2) return null;
  if (pointed !== 'other') return among[pointed] ?? null;
  return undecided ? null : (among.findLast((number) => number !== orderNumber) ?? null);
}

const ORDERS_KEPT = 5;

/** The slots of somebody who speaks of an order now, or of several at once. */
function focusOn(context: Context, number: string): OrderSlots {
  const named = namedOrders(context);
  const before = orderSlots(context).orders ?? [];
  const orders = [...new Set([...before, ...named, number])].slice(-ORDERS_KEPT);
  const undecided = named.length > 1 ? named : undefined;
  return { orderNumber: number, trackingNumber: undefined, orders, undecided };
}

/**
 * The order may be talked about: the channel vouches for it, or the customer named something written on it.
 * Where nobody vouches, the check is asked before anything is looked up aloud: the same words whether the order
 * exists or not.
 */
export const access: Slot<LogisticsPorts> = {
  answers: (context) => {
    const { understanding, text } = context;
    const words = text.trim().split(/\s+/).length;
    if (text.includes('?')) return false;
    const sure = understanding.confidence >= 0.8;
    if (sure && ['talk_to_human', 'deny'].includes(understanding.intent)) return false;
    if (sure && words >= FEWEST_QUESTION_WORDS && !COURTESIES.has(understanding.intent)) return false;
    return words <= LONGEST_CHECK_ANSWER;
  },
  hint: 'access.why',
  unknown: (context) =>
    offerPerson(context, [{ lines: [context.say('access.help')] }], 'engine.offer_person'),
  fill: async (context): Promise<SlotResult> => {
    const slots = orderSlots(context);
    const number = slots.orderNumber;
    if (!number) return { kind: 'filled', slots: {} };
    if (mayTell(context, number)) return found(context, number);
    const lookup = await context.ports.findOrder(number, context.signal);
    if (lookup.kind === 'found' && matchesCheck(context.text, lookup.order.check)) {
      const verified = [...(slots.verified ?? []), number];
      return { kind: 'filled', slots: { verified, failedChecks: 0, askedChecks: 0 } };
    }
    // Before the first answer a silent marketplace changes nothing: an order in our index would be told apart from one
    // that does not exist. Nothing is promised either: who has not passed the check gets no news later.
    if (lookup.kind === 'unavailable' && checkAsked(context)) return cannotCheck(context, slots);
    return askCheck(context, slots);
  },
};

/** True when the order may be talked about without a further check. */
export function mayTell(context: Known, number: string): boolean {
  const { verified }: OrderSlots = context.memory.slots;
  return vouchedFor(context, number) || (verified?.includes(number) ?? false);
}

/** What is known of the customer, with or without a message to answer. */
type Known = Pick<Context, 'memory' | 'trust' | 'boundOrder'>;

function vouchedFor(context: Known, number: string): boolean {
  if (context.trust === 'operator') return true;
  return context.trust === 'bound' && (context.boundOrder === null || context.boundOrder === number);
}

async function found(context: Context, number: string): Promise<SlotResult> {
  const lookup = await context.ports.findOrder(number, context.signal);
  if (lookup.kind === 'found') return { kind: 'filled', slots: {} };
  if (lookup.kind === 'unavailable') return unavailable(context);
  return {
    kind: 'ask',
    slot: 'reference',
    prompt: { key: 'ask.reference' },
    drafts: [{ lines: [context.say('order.not_found', { number })] }],
    slots: { orderNumber: undefined },
  };
}

function checkAsked({ memory }: Context): boolean {
  return memory.open?.kind === 'slot' && memory.open.slot === 'access';
}

function askCheck(context: Context, slots: OrderSlots): SlotResult {
  const asked = checkAsked(context);
  const failedChecks = (slots.failedChecks ?? 0) + (asked ? 1 : 0);
  const askedChecks = (slots.askedChecks ?? 0) + 1;
  if (failedChecks >= MOST_FAILED_CHECKS || askedChecks > MOST_ASKED_CHECKS) {
    return {
      kind: 'handoff',
      request: {
        reason: 'policy',
        note: 'The identity check failed three times; please verify the customer.',
      },
      drafts: [{ purpose: 'handover_notice', lines: [context.say('access.failed')] }],
      slots: { failedChecks: 0, askedChecks: 0, orderNumber: undefined },
    };
  }
  return {
    kind: 'ask',
    slot: 'access',
    prompt: { key: 'ask.access' },
    slots: { failedChecks, askedChecks },
    ...(asked ? { drafts: [{ lines: [context.say('access.no_match')] }] } : {}),
  };
}

/** The marketplace is silent, so that nobody can be checked: not the customer's failure. */
function cannotCheck(context: Context, slots: OrderSlots): SlotResult {
  const askedChecks = (slots.askedChecks ?? 0) + 1;
  if (askedChecks > MOST_ASKED_CHECKS) return askCheck(context, slots);
  return { kind: 'ask', slot: 'access', prompt: { key: 'access.cannot_check' }, slots: { askedChecks } };
}

/** The marketplace is silent: say so, and try again by ourselves. */
function unavailable(context: Context): SlotResult {
  const number = orderSlots(context).orderNumber ?? '';
  return {
    kind: 'say',
    drafts: [{ lines: [context.say('order.unavailable', { number })] }],
    later: [
      {
        afterMs: FIRST_RETRY_MS,
        data: { orderNumber: number },
        promise: `news on order ${number} as soon as Jumia's order system answers`,
      },
    ],
  };
}

export const FIRST_RETRY_MS = 5_000;

/** The order in context, when there is one that may be talked about; asks nothing. */
export async function orderAtHand(context: Context): Promise<Order | null> {
  const read = readReference(context);
  const number =
    read.kind === 'order' ? read.number : (orderSlots(context).orderNumber ?? context.boundOrder);
  if (!number || !mayTell(context, number)) return null;
  const lookup = await context.ports.findOrder(number, context.signal);
  return lookup.kind === 'found' ? lookup.order : null;
}

/** The order the slots speak of. Only for flows that need `access`. */
export async function theOrder(context: Context): Promise<Order | null> {
  const number = orderSlots(context).orderNumber;
  if (!number) return null;
  const lookup = await context.ports.findOrder(number, context.signal);
  return lookup.kind === 'found' ? lookup.order : null;
}
