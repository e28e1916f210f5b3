/**
 * Conversation tests that an operator can read and write: the customer says, the bot should, given these facts.
 * The format is explained in docs/dialogues.md.
 */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { SHIPMENT_STATUSES, SUBSTATUSES } from '../../carriers/shipment.ts';

/** A text is contained; `/…/` is a regular expression. YAML reads a bare order number as a number: it is text here. */
const expectation = z.union([z.string().min(1), z.number().transform(String)]);
const expectations = z.union([expectation.transform((one) => [one]), z.array(expectation)]).default([]);

const event = z.union([
  z.tuple([z.string(), z.enum(SHIPMENT_STATUSES), z.string()]),
  z.tuple([z.string(), z.enum(SHIPMENT_STATUSES), z.string(), z.enum(SUBSTATUSES)]),
]);

const parcel = z.strictObject({
  carrier: z.string(),
  /** What the carrier answers instead of a history. */
  is: z.enum(['registered', 'not_found', 'down', 'slow', 'no_lookup']).optional(),
  due: z.string().optional(),
  /** [when, status, place, substatus?] */
  events: z.array(event).default([]),
});

const order = z.strictObject({
  number: z.string(),
  name: z.string().default('Ada Okafor'),
  city: z.string().default('Lagos'),
  placed: z.string().default('4 days ago'),
  prepaid: z.boolean().nullable().default(null),
  items: z
    .array(
      z.strictObject({
        name: z.string(),
        status: z.enum([
          'pending',
          'ready_to_ship',
          'shipped',
          'delivered',
          'canceled',
          'failed',
          'returned',
          'unknown',
        ]),
        tracking: z.string().nullable().default(null),
        since: z.string().optional(),
        pickup: z.boolean().default(false),
      }),
    )
    .min(1),
});

const facts = z
  .strictObject({
    orders: z.array(order).default([]),
    parcels: z.record(z.string(), parcel).default({}),
    /** The marketplace does not answer. */
    marketplace_down: z.boolean().default(false),
    /** [from days, to days, number of orders] */
    past_deliveries: z.tuple([z.number(), z.number(), z.number()]).optional(),
    /** Values that win over the country's file. */
    policies: z.record(z.string(), z.unknown()).default({}),
  })
  .prefault({});

const step = z
  .strictObject({
    /** What the customer writes; a list is a burst. */
    customer: z.union([expectation, z.array(expectation).transform((lines) => lines.join('\n'))]).optional(),
    /** Id of the button the customer presses. */
    press: z.string().optional(),
    says: expectations,
    never: expectations,
    language: z.string().optional(),
    intent: z.string().optional(),
    decision: z.enum(['answer', 'clarify', 'handoff']).optional(),
    /** Ids of the buttons shown, in any order. */
    choices: z.array(z.string()).optional(),
    /** Without it, a hand-off is a failure. */
    handoff: z
      .strictObject({
        reason: z.string().optional(),
        priority: z.string().optional(),
        topic: z.string().optional(),
        brief: expectations,
      })
      .optional(),
    /** A promised second message. */
    follows: z.boolean().optional(),
  })
  .refine(({ customer, press }) => (customer === undefined) !== (press === undefined), {
    message: 'a step has either "customer" or "press"',
  });

const shop = z
  .strictObject({
    country: z.string().length(2).default('NG'),
    zone: z.string().default('Africa/Lagos'),
    lang: z.string().default('en'),
    currency: z.string().default('NGN'),
    carriers: z.array(z.string()).default(['dhl', 'aramex']),
  })
  .prefault({});

const dialogue = z.strictObject({
  name: z.string().min(1),
  shop,
  /** `bound`: the marketplace vouches for the customer; `none`: as on WhatsApp; `operator`: the terminal. */
  trust: z.enum(['bound', 'operator', 'none']).default('bound'),
  /** The order the marketplace binds the conversation to. */
  order: z.string().nullable().default(null),
  customer: z.string().nullable().default('Ada'),
  product: z.string().nullable().default(null),
  facts,
  steps: z.array(step).min(1),
});

const dialogueFile = z.strictObject({
  /** Anything that several dialogues point to with YAML anchors. */
  shared: z.unknown().optional(),
  /** The moment of the first step, with its zone. */
  now: z.iso.datetime({ offset: true }).default('2026-11-20T10:00:00+01:00'),
  dialogues: z.array(dialogue).min(1),
});

export type DialogueFile = z.infer<typeof dialogueFile>;
export type Dialogue = z.infer<typeof dialogue>;
export type DialogueStep = z.infer<typeof step>;
export type DialogueFacts = z.infer<typeof facts>;

export type ReadDialogues =
  | { readonly kind: 'read'; readonly file: DialogueFile }
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

/** Reads a file's text; every mistake at once, each with its path. Of broken YAML only the first: the rest follow from it. YAML anchors may share facts. */
export function readDialogues(text: string): ReadDialogues {
  const document = parseDocument(text, { version: '1.2', merge: true });
  if (document.errors.length > 0)
    return {
      kind: 'broken',
      problems: document.errors
        .slice(0, 1)
        .map(({ linePos, message }) => `line ${linePos?.[0].line ?? 1}: ${message.split('\n')[0] ?? ''}`),
    };
  const result = dialogueFile.safeParse(document.toJS() ?? {});
  if (result.success) return { kind: 'read', file: result.data };
  return {
    kind: 'broken',
    problems: result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  };
}
