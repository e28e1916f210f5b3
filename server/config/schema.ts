/** The shape of `wismo.config.yml`. Every key is described in docs/configuration.md. */
import { IANAZone } from 'luxon';
import { z } from 'zod';
import type { AbuseLabel } from '../../compliance/screen.ts';
import { ABUSE_LABELS, DEFAULT_ACTIONS, SCREEN_ACTIONS } from '../../compliance/screen.ts';
import { COUNTRIES } from './countries.ts';

/** Which conversations of other channels the marketplace's desk sees. */
export const MIRROR_MODES = ['required_topics', 'all', 'handoff', 'off'] as const;
export type MirrorMode = (typeof MIRROR_MODES)[number];
const mirrorMode = z.enum(MIRROR_MODES);

const SECRET = /^whsec_[A-Za-z0-9+/]+=*$/;

const webhookSecret = z
  .string()
  .regex(SECRET, 'must look like whsec_<base64>; make one with: echo whsec_$(openssl rand -base64 32)');

const template = z.object({ name: z.string().min(1), language: z.string().min(2) }).strict();
const templatesByLanguage = z.record(z.string().length(2), template);

/** One WhatsApp number of a shop. */
const whatsappNumber = z
  .object({
    phoneNumberId: z
      .string()
      .regex(/^\d{3,32}$/, 'is the id of the number in WhatsApp Manager, digits only and in quotes'),
    token: z.string().min(1),
    /** Approved templates with the one variable {{1}}, for messages later than 24 hours after the customer's. */
    templates: z
      .object({
        reply: templatesByLanguage.default({}),
        order_update: templatesByLanguage.default({}),
        handover_notice: templatesByLanguage.default({}),
      })
      .strict()
      .prefault({}),
  })
  .strict();

const shopSchema = z
  .object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _ only: it is part of the webhook address'),
    name: z.string().min(1),
    country: z.enum(Object.keys(COUNTRIES) as [string, ...string[]]),
    zone: z
      .string()
      .refine((zone) => IANAZone.isValidZone(zone), 'is not an IANA time zone such as Africa/Lagos')
      .optional(),
    currency: z.string().length(3).optional(),
    lang: z.string().min(2).optional(),
    carriers: z.array(z.string()).min(1, 'name at least one carrier the shop ships with'),
    vendor: z.object({
      clientId: z.string().min(1),
      refreshToken: z.string().min(1),
      /** Id of the shop in Vendor Center, when one account holds several. */
      shopId: z.string().optional(),
    }),
    chat: z.object({
      /** Several during a rotation; the first is the newest. */
      webhookSecrets: z
        .array(webhookSecret)
        .min(1, 'without a secret anybody could write in the customers’ name'),
      token: z.string().min(1),
      /** Of the support tool, given by the marketplace; without it reply times are not counted. */
      registrationId: z.string().min(1).optional(),
    }),
    /** One number or several. */
    whatsapp: z.preprocess(
      (given) => (given === undefined ? [] : Array.isArray(given) ? (given as unknown[]) : [given]),
      z.array(whatsappNumber),
    ),
    queue: z.string().optional(),
    /** What the outgoing guard lets this shop say; see docs/compliance.md. */
    compliance: z
      .object({
        /** Ids; `default` stands for the shipped list. */
        certifiedCarriers: z.array(z.string()).min(1, 'name at least one, or remove the entry').optional(),
        domains: z
          .array(
            z.string().regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/i, 'is not a domain such as shop.example.com'),
          )
          .optional(),
        hotlines: z.array(z.string().regex(/^\+?[\d ()-]{3,25}$/, 'is not a phone number')).optional(),
      })
      .strict()
      .optional(),
    /** When it differs from the installation's. */
    mirror: mirrorMode.optional(),
  })
  .strict()
  .transform((shop) => {
    const defaults = COUNTRIES[shop.country];
    return {
      ...shop,
      zone: shop.zone ?? defaults?.zone ?? 'UTC',
      currency: shop.currency ?? defaults?.currency ?? 'USD',
      lang: shop.lang ?? defaults?.lang ?? 'en',
    };
  });

const screenActions = z
  .object(
    Object.fromEntries(
      ABUSE_LABELS.map((label) => [label, z.enum(SCREEN_ACTIONS).default(DEFAULT_ACTIONS[label])]),
    ) as Record<AbuseLabel, z.ZodDefault<z.ZodEnum<{ [A in (typeof SCREEN_ACTIONS)[number]]: A }>>>,
  )
  .strict();

const days = (kept: number) => z.number().int().min(1).max(3_650).default(kept);

/** How long each kind of data is kept, in days. Ids of messages are kept 8 days at least: channels repeat them so long. */
const retentionSchema = z
  .object({
    transcript: days(365),
    inbox: days(90),
    outbox: days(90),
    turns: days(365),
    reviews: days(90),
    orders: days(365),
    /** A customer silent for so long is erased, with the keys to their audit records. */
    customers: days(730),
  })
  .strict();

export const configSchema = z
  .object({
    mode: z.enum(['sandbox', 'live']).default('live'),
    host: z.string().default('127.0.0.1'),
    port: z.coerce.number().int().min(0).max(65_535).default(8080),
    dataDir: z.string().default('data'),
    languages: z.array(z.string().length(2)).min(1).default(['en', 'fr', 'pt']),
    logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    databaseUrl: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
      .optional(),
    redisUrl: z
      .string()
      .regex(/^rediss?:\/\//, 'must begin with redis://')
      .optional(),
    shops: z.array(shopSchema).min(1),
    jumia: z
      .object({
        vendorUrl: z.url().default('https://vendor-api.jumia.com'),
        /** Where tokens are renewed, when it is another host than the API's. */
        tokenUrl: z.url().optional(),
        /** No public address exists: it is what your intermediary gives you. */
        chatUrl: z.url().optional(),
        pollEverySeconds: z.number().min(1).default(300),
      })
      .strict()
      .prefault({}),
    /** The app at Meta that all numbers belong to. */
    whatsapp: z
      .object({
        /** Several during a rotation. */
        appSecrets: z.array(z.string().min(1)).default([]),
        verifyToken: z.string().min(1).optional(),
        graphUrl: z.url().default('https://graph.facebook.com'),
        version: z
          .string()
          .regex(/^v\d+\.\d+$/, 'is a version of the Graph API such as v26.0')
          .default('v26.0'),
      })
      .strict()
      .prefault({}),
    carriers: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    webchat: z
      .object({ enabled: z.boolean().default(true), shop: z.string().optional() })
      .strict()
      .prefault({}),
    thresholds: z
      .object({
        answer: z.number().min(0).max(1).default(0.65),
        clarify: z.number().min(0).max(1).default(0.2),
      })
      .strict()
      .prefault({}),
    webhooks: z
      .object({
        /** Unanswered messages from which on more are refused with 503 for a while. */
        mostWaiting: z.number().int().min(1).default(20_000),
      })
      .strict()
      .prefault({}),
    turn: z
      .object({
        budgetMs: z.number().int().min(500).max(30_000).default(4_000),
        burstMs: z.number().int().min(0).max(5_000).default(1_000),
      })
      .strict()
      .prefault({}),
    policies: z
      .object({
        /** Folder with `<country>.yml` and `<shop>.yml` that win over the shipped values. */
        folder: z.string().optional(),
        staleAfterDays: z.number().int().min(1).default(180),
      })
      .strict()
      .prefault({}),
    compliance: z
      .object({
        /** What is done about each kind of abuse. */
        screen: screenActions.prefault({}),
        /** Answers one customer gets in a minute where the action is `rate_limit`. */
        answersPerMinute: z.number().int().min(0).max(60).default(3),
        /** Folder with `<lang>/*.yml` the screen learns from beside the shipped examples. */
        examples: z.string().optional(),
      })
      .strict()
      .prefault({}),
    /** Which conversations of other channels are shown to the desk of the Jumia chat. */
    mirror: mirrorMode.default('required_topics'),
    /** Ask once, after thanks, whether the answer helped. */
    feedback: z.boolean().default(true),
    /** Keys of the audit chain; without them, kept in the data folder. */
    audit: z
      .object({
        signingKey: z.string().min(1).optional(),
        masterKey: z.string().min(1).optional(),
      })
      .strict()
      .prefault({}),
    privacy: z
      .object({ retentionDays: retentionSchema.prefault({}) })
      .strict()
      .prefault({}),
    handoff: z
      .object({ waitMinutes: z.number().min(1).default(720) })
      .strict()
      .prefault({}),
  })
  .strict();

export type Config = z.infer<typeof configSchema>;
export type ShopConfig = Config['shops'][number];
export type RetentionDays = Config['privacy']['retentionDays'];
