/** Gives the bots what they need: the engine, the voices, the orders and the carriers, for one turn at a time. */
import { readCommands } from '../bots/engine/commands.ts';
import { createSpeak } from '../bots/engine/speak.ts';
import type { Memory, Trust } from '../bots/engine/bot.ts';
import { EMPTY_MEMORY } from '../bots/engine/bot.ts';
import { toReply } from '../bots/engine/compose.ts';
import type { Speak } from '../bots/engine/compose.ts';
import { runTurn } from '../bots/engine/turn.ts';
import { logistics } from '../bots/logistics/bot.ts';
import type { ReadPolicy } from '../bots/logistics/policies.ts';
import type { LogisticsPorts, OrderLookup } from '../bots/logistics/ports.ts';
import { createHttp } from '../carriers/axios-http.ts';
import { CALL_LIMITS, createCall } from '../carriers/call.ts';
import type { Ask } from '../carriers/call.ts';
import { createLookup } from '../carriers/lookup.ts';
import type { Lookup } from '../carriers/lookup.ts';
import { CARRIERS, carrierById } from '../carriers/registry.ts';
import type { Guard } from '../compliance/guard.ts';
import type { ReadPhrases } from '../compliance/phrases.ts';
import { replyText } from '../compliance/reply-text.ts';
import type { Screen } from '../compliance/screen.ts';
import type { Reply } from '../domain/reply.ts';
import type { Shop } from '../domain/shop.ts';
import type { Clock } from '../domain/time.ts';
import type { Understand } from '../nlu/understanding.ts';
import type { Config } from './config/schema.ts';
import type { Log } from './log.ts';
import type { Orders } from './orders.ts';
import type { PastDeliveries } from './past-deliveries.ts';
import { readSentences } from './sentences.ts';
import type { StoredConversation } from './store/conversations.ts';
import type { Mind } from './worker.ts';

/** What the channel vouches for: the marketplace binds its chat to a customer; the terminal is the operator's own. */
const TRUST: Readonly<Record<string, Trust>> = { jumia: 'bound', terminal: 'operator' };

export type FollowUpAnswer =
  | { readonly kind: 'say'; readonly replies: readonly Reply[] }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'done' };

export type FullMind = Mind & {
  readonly followUp: (
    conversation: StoredConversation,
    data: unknown,
    attempt: number,
  ) => Promise<FollowUpAnswer>;
};

export type MindDeps = {
  readonly config: Config;
  readonly understand: Understand;
  readonly screen: Screen;
  readonly orders: Orders;
  readonly pastDeliveries: PastDeliveries;
  readonly policies: (shopId: string, now: number) => ReadPolicy;
  readonly localesFolder: string;
  readonly guard: Guard;
  /** By shop: carriers whose numbers and links the guard would hold back. */
  readonly uncertified: ReadonlyMap<string, ReadonlySet<string>>;
  readonly phrases: ReadPhrases;
  readonly now: Clock;
  readonly log: Log;
};

const FOLLOW_UP_BUDGET_MS = 15_000;
const TAKES_BACK = 0.7;

export async function createMind(deps: MindDeps): Promise<FullMind> {
  const { config, understand, now, log } = deps;
  const { screen: actions, answersPerMinute } = config.compliance;
  const screen = { screen: deps.screen, policy: { actions, answersPerMinute } };
  const sentences = readSentences(deps.localesFolder);
  const speak = await createSpeak(sentences, 'en');
  const commands = readCommands(sentences);
  const lookup = connectCarriers(deps);
  const shops = new Map<string, Shop>(
    config.shops.map(({ id, name, country, zone, currency, lang, carriers }) => [
      id,
      { id, name, country, zone, currency, lang, carriers },
    ]),
  );
  const shopOf = (conversation: StoredConversation): Shop => {
    const shop = shops.get(conversation.shop);
    if (!shop)
      throw new Error(
        `The conversation ${conversation.id} belongs to the shop "${conversation.shop}", which is no longer configured.`,
      );
    return shop;
  };

  return {
    turn: async ({ conversation, text, choice, wordless, product, memory, now: at }) => {
      const signal = AbortSignal.timeout(config.turn.budgetMs);
      const result = await runTurn(
        logistics,
        {
          text,
          choice,
          wordless,
          memory,
          lang: conversation.lang,
          shop: shopOf(conversation),
          trust: trustOf(conversation),
          boundOrder: conversation.boundOrder,
          customerName: conversation.customer.name,
          product,
          localeHint: hint(conversation, config.languages),
          now: at,
          signal,
        },
        {
          screen,
          understand,
          speak,
          thresholds: config.thresholds,
          languages: config.languages,
          commands,
          guard: deps.guard,
          bot: portsFor(deps, lookup, conversation.shop),
        },
      );
      const { label, confidence, course } = result.trace.screen;
      if (course !== 'pass')
        log.warn({ conversation: conversation.id, label, confidence, course }, 'a message was screened');
      return result;
    },
    takesBack: async (text, conversation) => {
      const { intent, confidence } = await understand(text, { lang: conversation.lang, now: now() });
      return intent === 'deny' && confidence >= TAKES_BACK;
    },
    sentence: (conversation, key) => voice(speak, conversation, shopOf(conversation))(key),
    queueOf: (conversation, lang) => {
      const shop = config.shops.find(({ id }) => id === conversation.shop);
      return shop?.queue ?? `${shopOf(conversation).country.toLowerCase()}-${lang}`;
    },
    followUp: async (conversation, data, attempt) => {
      if (!logistics.followUp) return { kind: 'done' };
      const shop = shopOf(conversation);
      const memory = { ...EMPTY_MEMORY, ...(conversation.state as Partial<Memory> | null) };
      const context = {
        memory,
        lang: conversation.lang ?? shop.lang,
        shop,
        trust: trustOf(conversation),
        boundOrder: conversation.boundOrder,
        customerName: conversation.customer.name,
        product: null,
        now: now(),
        signal: AbortSignal.timeout(FOLLOW_UP_BUDGET_MS),
        say: voice(speak, conversation, shop),
        ports: portsFor(deps, lookup, conversation.shop),
      };
      const result = await logistics.followUp(data, context, attempt);
      if (result.kind !== 'say') return result;
      const [first, ...rest] = result.drafts.map(toReply);
      if (!first) return { kind: 'done' };
      const text = [first, ...rest].map((reply) => reply.text).join('\n\n');
      const timeline = rest.flatMap((reply) => reply.timeline ?? []);
      const reply: Reply = {
        ...first,
        text,
        facts: [first, ...rest].flatMap((one) => one.facts),
        ...(timeline.length > 0 ? { timeline } : {}),
      };
      const { verdict } = deps.guard(replyText(reply), { shop: shop.id });
      const withheld: Reply = { purpose: 'reply', text: context.say('follow_up.withheld'), facts: [] };
      return { kind: 'say', replies: [verdict === 'allow' ? reply : withheld] };
    },
  };
}

function voice(speak: Speak, conversation: StoredConversation, shop: Shop) {
  const turns = (conversation.state as Memory | null)?.turns ?? 0;
  return speak(conversation.lang ?? shop.lang, logistics.namespace, turns);
}

function trustOf(conversation: StoredConversation): Trust {
  return TRUST[conversation.channel] ?? 'none';
}

function hint(conversation: StoredConversation, languages: readonly string[]): string | null {
  const lang = conversation.locale?.slice(0, 2).toLowerCase();
  return lang && languages.includes(lang) ? lang : null;
}

function connectCarriers({ config, now, log }: MindDeps): Lookup {
  const http = createHttp({ timeoutMs: CALL_LIMITS.timeoutMs });
  const logged = new Set<string>();
  const onUnknownCode = (carrier: string, code: string): void => {
    const key = `${carrier} ${code}`;
    if (logged.has(key) || logged.size > 5_000) return;
    logged.add(key);
    log.warn({ carrier, code: code.slice(0, 60) }, 'a carrier code is in no table');
  };
  const asks = new Map<string, Ask>();
  for (const [id, settings] of Object.entries(config.carriers)) {
    const carrier = carrierById(id);
    if (carrier)
      asks.set(id, createCall(carrier, carrier.connect(settings, { http, now, onUnknownCode }), now));
  }
  return createLookup(CARRIERS, asks);
}

function portsFor(
  { orders, policies, pastDeliveries, phrases, uncertified, config, now }: MindDeps,
  lookup: Lookup,
  shopId: string,
): LogisticsPorts {
  const asked = new Map<string, Promise<OrderLookup>>();
  return {
    findOrder: (number, signal) => {
      const known = asked.get(number);
      if (known) return known;
      const found = orders.find(shopId, number, signal);
      asked.set(number, found);
      return found;
    },
    findOrderByTracking: (trackingNumber) => orders.findByTracking(shopId, trackingNumber),
    trackParcel: async ({ number, trackingUrl, provider, country, carriers, signal }) => {
      const result = await lookup(number, { provider, trackingUrl, country, carriers }, signal);
      return result.kind === 'answered'
        ? { kind: 'answered', outcome: result.answer.outcome, stale: result.answer.stale }
        : result;
    },
    policy: policies(shopId, now()),
    deliveryTimes: () => pastDeliveries(shopId),
    consumerPhrase: (use, country, lang) =>
      phrases(country, lang, now()).find((phrase) => phrase.use.includes(use)) ?? null,
    feedback: config.feedback,
    carrierName: (id) => carrierById(id)?.name ?? id,
    trackingPage: (id, number, country) => carrierById(id)?.trackingPage(number, country) ?? null,
    notCertified: uncertified.get(shopId) ?? new Set(),
  };
}
