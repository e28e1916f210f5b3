/** Kinds of things found inside a message. */
export type EntityType =
  'order_number' | 'tracking_number' | 'phone' | 'email' | 'date' | 'city' | 'pickup_station' | 'amount';

/** `text.slice(start, end)` is what the customer typed; `value` is the normal form (digits only, ISO date …). */
export type Entity = {
  readonly type: EntityType;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** For `tracking_number`: likely carriers, best first. */
  readonly carriers?: readonly string[];
  /** For `tracking_number`: the check digit is wrong, so it is probably mistyped. */
  readonly suspect?: boolean;
};

/** The label for "I do not know": it has its own calibrated probability. */
export const OUT_OF_SCOPE = 'out_of_scope';

/** What the engine makes of a message. `confidence` is calibrated: 0.8 is right 8 times in 10. */
export type Understanding = {
  readonly lang: string;
  /** How sure we are of `lang`, 0..1. */
  readonly langConfidence: number;
  readonly intent: string;
  readonly confidence: number;
  /** The next best intents, best first, without `intent` itself. */
  readonly alternatives: readonly { readonly intent: string; readonly confidence: number }[];
  readonly entities: readonly Entity[];
  /** Version of the model that said so. */
  readonly model: string;
};

/** What is known before reading the message. */
export type Prior = {
  /** Language of the conversation so far. */
  readonly lang?: string | null;
  /** ISO 3166 alpha-2: resolves local phone numbers and bare dates. */
  readonly country?: string;
  /** Moment the message was sent, for relative dates. */
  readonly now: number;
};

/** Reads one message. A promise, so that an engine may also live elsewhere; ours has its model in memory. */
export type Understand = (text: string, prior: Prior) => Promise<Understanding>;

/** How the product recognises tracking numbers; handed to the engine so that `nlu` knows no carrier. */
export type RecognizeNumber = (
  candidate: string,
) => { readonly carriers: readonly string[]; readonly suspect: boolean } | null;
