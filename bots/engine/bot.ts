/**
 * What a bot is: flows by intent, and the slots those flows need. The engine (`turn.ts`) owns the order of things;
 * a bot owns what to say. Nothing here waits for anything but the ports it was given.
 */
import type { Heard } from '../../compliance/flood.ts';
import type { ControlReason, TicketType } from '../../domain/conversation.ts';
import type { Choice, Fact, ReplyPurpose, TimelineEntry } from '../../domain/reply.ts';
import type { Shop } from '../../domain/shop.ts';
import type { Instant } from '../../domain/time.ts';
import type { Understanding } from '../../nlu/understanding.ts';

/** Values put into a sentence. Dates and money are formatted before they get here. */
export type Words = Readonly<Record<string, string | number>>;

/** A sentence of `locales/<lang>/<namespace>.json`, not yet in any language. */
export type Sentence = { readonly key: string; readonly words?: Words };

/** A reply before it has a language of its own: lines are joined with a blank line between blocks. */
export type Draft = {
  readonly purpose?: ReplyPurpose;
  readonly lines: readonly string[];
  readonly choices?: readonly Choice[];
  readonly timeline?: readonly TimelineEntry[];
  readonly facts?: readonly Fact[];
};

/** What a hand-off tells the desk. `brief` is two lines a person can act on. */
export type Handoff = {
  readonly reason: ControlReason;
  readonly topic: string;
  readonly priority: 'normal' | 'high' | 'urgent';
  readonly brief: string;
  readonly facts: readonly Fact[];
};

/** A hand-off as a flow asks for it; the engine writes the brief. `note` is what the agent must know, in English. */
export type HandoffRequest = {
  readonly reason: ControlReason;
  readonly priority?: 'normal' | 'high' | 'urgent';
  readonly note: string;
};

/** Something promised for later: the worker calls the bot's `followUp` with it when it is due. */
export type FollowUp = {
  readonly afterMs: number;
  readonly data: unknown;
  /** What the customer was told to expect, in English, for the brief. */
  readonly promise: string;
};

/** How the customer sounds, for the agent who takes over. */
export type Mood = 'calm' | 'worried' | 'angry';

/** The question the bot last asked, so that a bare "yes", a number or a click means what it makes it mean. */
export type OpenQuestion =
  | {
      readonly kind: 'slot';
      readonly intent: string;
      readonly slot: string;
      readonly prompt: Sentence;
      readonly tries: number;
    }
  | {
      readonly kind: 'clarify';
      readonly between: readonly string[];
      readonly tries: number;
      /** The message that was not clear, without the customer's numbers. */
      readonly about?: string;
    }
  /** An offer the customer may take or leave: the flows a yes and a no lead to. */
  | { readonly kind: 'offer'; readonly yes: string; readonly no: string | null };

/**
 * What a conversation remembers between turns. Plain JSON. `slots` belongs to the bot;
 * `pending` is the intent whose slots are being filled.
 */
export type Memory = {
  readonly open: OpenQuestion | null;
  readonly topic: string | null;
  readonly slots: Readonly<Record<string, unknown>>;
  /** Ids of the choices last shown, in order: on a plain chat "2" picks the second. */
  readonly offered: readonly string[];
  /** Turns in a row the bot did not understand. */
  readonly unsure: number;
  readonly turns: number;
  /** Facts told lately, for the brief. */
  readonly facts: readonly Fact[];
  /** What the bot said would follow, in English, for the brief. */
  readonly promised: readonly string[];
  /** The angriest mood so far. */
  readonly mood: Mood;
  /** Messages of the last minute, to know a flood by. */
  readonly heard: readonly Heard[];
  /** When the bot answered in the last minute. */
  readonly answered: readonly Instant[];
  /** The last message that said more than a yes, a number or thanks, for the brief. */
  readonly asked: string | null;
  /** Kinds of messages without words since the customer last wrote. */
  readonly wordless: readonly string[];
};

export const EMPTY_MEMORY: Memory = {
  open: null,
  topic: null,
  slots: {},
  offered: [],
  unsure: 0,
  turns: 0,
  facts: [],
  promised: [],
  mood: 'calm',
  heard: [],
  answered: [],
  asked: null,
  wordless: [],
};

/** How much the channel vouches for the person: bound to an order by the marketplace, the shop's own operator, or nothing. */
export type Trust = 'bound' | 'operator' | 'none';

/** Which of several the customer means: its place, counted from 0, or the one not spoken of now. */
export type Pointed = number | 'other';

/** Puts a sentence into the customer's language; several wordings rotate with the turn. */
export type Say = (key: string, words?: Words) => string;

/** Everything a flow or a slot can see. `P` are the bot's own ports. */
export type FlowContext<P> = {
  readonly intent: string;
  /** What the customer wrote, bursts joined by line breaks. */
  readonly text: string;
  readonly choice: string | null;
  /** Set when the message points at one of several: "the second one", "and the other?". */
  readonly pointed: Pointed | null;
  readonly understanding: Understanding;
  readonly memory: Memory;
  readonly lang: string;
  readonly shop: Shop;
  readonly trust: Trust;
  readonly boundOrder: string | null;
  readonly customerName: string | null;
  /** The product the channel says the conversation is about, in the channel's own id. */
  readonly product: string | null;
  readonly now: Instant;
  /** Fires when the turn's time is over. */
  readonly signal: AbortSignal;
  readonly say: Say;
  readonly ports: P;
};

/** What a flow wants done. */
export type Step =
  | {
      readonly kind: 'say';
      readonly drafts: readonly Draft[];
      readonly slots?: Readonly<Record<string, unknown>>;
      readonly later?: readonly FollowUp[];
      readonly offer?: { readonly yes: string; readonly no?: string };
      readonly clarify?: readonly string[];
      /** What the customer said about our help. */
      readonly helped?: boolean;
    }
  | {
      readonly kind: 'ask';
      readonly slot: string;
      readonly prompt: Sentence;
      readonly drafts?: readonly Draft[];
      readonly choices?: readonly Choice[];
      readonly slots?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'handoff';
      readonly request: HandoffRequest;
      readonly drafts: readonly Draft[];
      readonly slots?: Readonly<Record<string, unknown>>;
    };

/** Fills one slot from what is known, or says what to ask, or gives up to a person. */
export type SlotResult =
  | { readonly kind: 'filled'; readonly slots: Readonly<Record<string, unknown>> }
  | Extract<Step, { kind: 'ask' | 'handoff' }>
  | Extract<Step, { kind: 'say' }>;

export type Slot<P> = {
  /** True when the message answers this slot's question. Decides between answer and interruption. */
  readonly answers: (context: FlowContext<P>) => boolean;
  readonly fill: (context: FlowContext<P>) => Promise<SlotResult>;
  /** What to do for a customer who says that they do not know. Without it the question is asked again. */
  readonly unknown?: (context: FlowContext<P>) => Step;
  /** Sentence that explains the question to somebody who answers with something else. */
  readonly hint?: string;
};

export type Flow<P> = {
  /** Somebody who asks for this is at least so upset. */
  readonly mood?: Mood;
  /** Slots filled before `run`, in this order; a function where it depends on what is known already. */
  readonly needs: readonly string[] | ((context: FlowContext<P>) => readonly string[]);
  readonly ticketType?: TicketType;
  /** Reached by a button or an offer only: nobody writes it, so there is nothing to train. */
  readonly unspoken?: boolean;
  /** A courtesy: what the conversation is about stays what it was. */
  readonly smallTalk?: boolean;
  readonly run: (context: FlowContext<P>) => Promise<Step> | Step;
};

export type Bot<P> = {
  readonly id: string;
  /** Namespace of its sentences in `locales/<lang>/`. */
  readonly namespace: string;
  readonly flows: Readonly<Record<string, Flow<P>>>;
  readonly slots: Readonly<Record<string, Slot<P>>>;
  /** The intent of a message that only names what it is about (an order number). It never settles what is wished. */
  readonly bareReference?: string;
  /** Intents with nearly the same answer once it is known what they are about: not worth asking which. Plainest first. */
  readonly alike?: readonly string[];
  /** The intent offered to a customer whom the bot does not understand. */
  readonly suggests: string;
  /** What a message names in passing (an order number, say), kept even when its wish was not understood. */
  readonly remember?: (context: FlowContext<P>) => Readonly<Record<string, unknown>>;
  /** Slots that outlive "start over", because they guard somebody. */
  readonly lasting?: readonly string[];
  /** What a bare reference, a yes or a no mean when nothing is open. */
  readonly whenNothingOpen: (intent: string, memory: Memory) => string;
  readonly followUp?: (
    data: unknown,
    context: Omit<FlowContext<P>, 'understanding' | 'text' | 'choice' | 'pointed' | 'intent'>,
    attempt: number,
  ) => Promise<FollowUpResult>;
};

/** The intents a customer may write, so those the engine must be trained in. */
export function spokenIntents<P>({ flows }: Bot<P>): readonly string[] {
  return Object.keys(flows).filter((intent) => !flows[intent]?.unspoken);
}

export type FollowUpResult =
  | { readonly kind: 'say'; readonly drafts: readonly Draft[] }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'done' };
