/**
 * One turn: a customer's message and everything the bot does about it, as a function of its arguments.
 * The steps, in order: screen → understand → resolve against the open question → decide → flow → compose → guard.
 */
import type { TicketType } from '../../domain/conversation.ts';
import type { Reply } from '../../domain/reply.ts';
import type { Shop } from '../../domain/shop.ts';
import type { Instant } from '../../domain/time.ts';
import type { Guard } from '../../compliance/guard.ts';
import { anonymize } from '../../nlu/mask.ts';
import type { Understand, Understanding } from '../../nlu/understanding.ts';
import { OUT_OF_SCOPE } from '../../nlu/understanding.ts';
import type { Bot, FlowContext, FollowUp, Handoff, Memory, Step, Trust } from './bot.ts';
import { EMPTY_MEMORY } from './bot.ts';
import { answerAside } from './asides.ts';
import { writeBrief } from './brief.ts';
import type { Commands } from './commands.ts';
import { dropsQuestion, onlyPoints, pickedByOrdinal, pointsAt, startsOver } from './commands.ts';
import { compose } from './compose.ts';
import type { Speak } from './compose.ts';
import type { Decision, Thresholds } from './decide.ts';
import { decide } from './decide.ts';
import { isBareReference, plainestOfAlike, worthAsking } from './guesses.ts';
import { guardTurn } from './guard-turn.ts';
import type { Withheld } from './guard-turn.ts';
import { nextMemory } from './next-memory.ts';
import { readAgainst } from './open-question.ts';
import { runFlow } from './run-flow.ts';
import type { Screened, ScreenPort } from './screened.ts';
import { screenMessage, stepAgainst } from './screened.ts';
import type { ToLearn } from './to-learn.ts';
import { soothe } from './soothe.ts';
import { askToClarify, askToRephrase, offerPerson, transfer } from './unsure.ts';
import type { Response } from './while-asking.ts';
import { askAgain, interruption, unknownAnswer } from './while-asking.ts';
import type { Wordless } from './wordless.ts';
import { answerWordless, WORDLESS_NAMESPACE } from './wordless.ts';

export type TurnInput = {
  readonly text: string;
  /** Id of the button pressed, when one was. */
  readonly choice: string | null;
  /** Set when nothing was written at all. */
  readonly wordless?: Wordless | null;
  readonly memory: Memory;
  readonly lang: string | null;
  readonly shop: Shop;
  readonly trust: Trust;
  readonly boundOrder: string | null;
  readonly customerName: string | null;
  readonly product: string | null;
  /** Language the channel announced, weaker than what was written. */
  readonly localeHint: string | null;
  readonly now: Instant;
  readonly signal: AbortSignal;
};

export type TurnPorts<P> = {
  readonly screen: ScreenPort;
  readonly understand: Understand;
  readonly speak: Speak;
  readonly thresholds: Thresholds;
  /** Languages the installation answers in. */
  readonly languages: readonly string[];
  readonly commands: Commands;
  /** What may not leave the house; asked for every reply of every turn. */
  readonly guard: Guard;
  readonly bot: P;
};

export type TurnResult = {
  readonly replies: readonly Reply[];
  readonly memory: Memory;
  readonly lang: string;
  readonly handoff: Handoff | null;
  readonly ticketType: TicketType | null;
  readonly later: readonly FollowUp[];
  readonly trace: Trace;
  /** What the customer said about our help, when asked. */
  readonly helped: boolean | null;
  /** A message an operator can teach the engine with. */
  readonly toLearn: ToLearn | null;
  /** Why the guard held the answer back; null when it did not. */
  readonly withheld: Withheld | null;
};

/** What the engine thought; kept with the turn, never shown to the customer. */
export type Trace = {
  readonly intent: string;
  readonly confidence: number;
  readonly decision: Decision['kind'];
  readonly alternatives: Understanding['alternatives'];
  readonly model: string;
  readonly screen: Screened;
};

/** How sure of a language we must be to leave the one the conversation is held in. */
const FOLLOW_LANGUAGE = 0.8;

export async function runTurn<P>(bot: Bot<P>, input: TurnInput, ports: TurnPorts<P>): Promise<TurnResult> {
  const result = await screenedTurn(bot, input, ports);
  const say = ports.speak(result.lang, bot.namespace, input.memory.turns);
  // The guard stands outside the branches, so that none of them can leave it out.
  return guardTurn(result, input, { guard: ports.guard, say });
}

/** What is heard is screened before anything reads it, and counted whatever the branches do to the memory. */
async function screenedTurn<P>(bot: Bot<P>, input: TurnInput, ports: TurnPorts<P>): Promise<TurnResult> {
  const prior = { lang: input.lang ?? input.localeHint, country: input.shop.country, now: input.now };
  const { screened, memory } = screenMessage({ ...input, lang: prior.lang }, ports.screen);
  const result = await answerTurn(bot, { ...input, memory }, ports, screened);
  const { heard, answered } = memory;
  return { ...result, memory: { ...result.memory, heard, answered } };
}

async function answerTurn<P>(
  bot: Bot<P>,
  input: TurnInput,
  ports: TurnPorts<P>,
  screened: Screened,
): Promise<TurnResult> {
  const prior = { lang: input.lang ?? input.localeHint, country: input.shop.country, now: input.now };
  const understanding = await ports.understand(input.text, prior);
  const lang = chooseLanguage(input, understanding, ports.languages);
  const context: FlowContext<P> = {
    intent: understanding.intent,
    text: input.text,
    choice:
      input.choice ??
      pickedByNumber(input) ??
      pickedByOrdinal(input.text, input.memory.offered, ports.commands),
    pointed: pointsAt(input.text, ports.commands),
    understanding,
    memory: input.memory,
    lang,
    shop: input.shop,
    trust: input.trust,
    boundOrder: input.boundOrder,
    customerName: input.customerName,
    product: input.product,
    now: input.now,
    signal: input.signal,
    say: ports.speak(lang, bot.namespace, input.memory.turns),
    ports: ports.bot,
  };
  const finished = (done: Response): TurnResult => ({
    ...finish(bot, { ...context, intent: done.intent }, done.step, done.decision, screened),
    toLearn: done.toLearn ?? null,
  });
  const stopped = stepAgainst(screened, context);
  if (stopped)
    return keepQuestion(finished({ step: stopped, decision: 'answer', intent: OUT_OF_SCOPE }), input);
  if (input.wordless) return wordlessTurn(bot, context, input.wordless, ports, screened);
  if (startsOver(input.text, ports.commands)) return startOver(bot, context, screened);
  const aside = answerAside(context, ports.commands);
  if (aside) return asideTurn(bot, context, aside, screened);
  const response =
    context.memory.open && dropsQuestion(input.text, ports.commands)
      ? declined(context)
      : await respond(bot, context, ports);
  const step = soothe(bot, { ...context, intent: response.intent }, response.step);
  return finished({ ...response, step });
}

/** What was asked before stays asked, and what the conversation was about too: abuse changes neither. */
function keepQuestion(result: TurnResult, { memory }: TurnInput): TurnResult {
  const { open, topic, slots, offered, unsure, asked } = memory;
  if (result.handoff) return { ...result, memory: { ...result.memory, topic, slots, asked } };
  return { ...result, memory: { ...result.memory, open, topic, slots, offered, unsure, asked } };
}

/** The customer only wants a moment, or a sign that we are there: the conversation stands as it was. */
function asideTurn<P>(bot: Bot<P>, context: FlowContext<P>, step: Step, screened: Screened): TurnResult {
  const result = finish(bot, context, step, 'answer', screened);
  return { ...result, memory: { ...context.memory, turns: result.memory.turns }, toLearn: null };
}

/** What was open before stays open: a voice note answers nothing and asks nothing. */
function wordlessTurn<P>(
  bot: Bot<P>,
  context: FlowContext<P>,
  what: Wordless,
  ports: TurnPorts<P>,
  screened: Screened,
): TurnResult {
  const { memory } = context;
  const step = answerWordless(context, what, ports.speak(context.lang, WORDLESS_NAMESPACE, memory.turns));
  const handedOver = step.kind === 'handoff';
  const result = finish(bot, context, step, handedOver ? 'handoff' : 'clarify', screened);
  const { offered, turns } = result.memory;
  const after = handedOver
    ? result.memory
    : { ...memory, offered: offered.length > 0 ? offered : memory.offered, turns };
  return { ...result, memory: { ...after, wordless: [...memory.wordless, what] }, toLearn: null };
}

/** "Start over": nothing of the conversation counts any more. */
function startOver<P>(bot: Bot<P>, context: FlowContext<P>, screened: Screened): TurnResult {
  const step: Step = { kind: 'say', drafts: [{ lines: [context.say('engine.started_over')] }] };
  const { turns, slots } = context.memory;
  const kept = (bot.lasting ?? []).filter((name) => name in slots).map((name) => [name, slots[name]]);
  const forgotten: Memory = { ...EMPTY_MEMORY, turns, slots: Object.fromEntries(kept) as Memory['slots'] };
  return { ...finish(bot, { ...context, memory: forgotten }, step, 'answer', screened), toLearn: null };
}

const A_NUMBER = /^\D{0,3}([1-9])\D{0,3}$/;

/** Where buttons are numbered lines, "2" presses the second. */
function pickedByNumber({ text, memory }: TurnInput): string | null {
  const number = A_NUMBER.exec(text.trim())?.[1];
  return number ? (memory.offered[Number(number) - 1] ?? null) : null;
}

async function respond<P>(
  bot: Bot<P>,
  context: FlowContext<P>,
  { thresholds, commands }: Pick<TurnPorts<P>, 'thresholds' | 'commands'>,
): Promise<Response> {
  const stuck = unknownAnswer(bot, context, commands);
  if (stuck) return stuck;
  const reading = readAgainst(bot, context);
  const { memory } = context;
  const answer = async (intent: string, keep: Memory = memory): Promise<Response> => ({
    step: await runFlow(bot, { ...context, intent, memory: keep }),
    decision: 'answer',
    intent,
  });
  switch (reading.kind) {
    case 'answer':
      return answer(reading.intent);
    case 'chosen':
      return { ...(await answer(reading.intent)), toLearn: corrected(memory, reading.intent) };
    case 'declined':
      return declined(context);
    case 'none':
      break;
  }
  // Which order is known now, what is wished is not: the number is kept and the question stands.
  if (memory.open?.kind === 'clarify' && context.intent === bot.bareReference) {
    return { step: askToClarify(context, memory.open.between), decision: 'clarify', intent: context.intent };
  }
  if (memory.open?.kind === 'clarify' && context.intent === 'affirm') {
    return { step: askToClarify(context, memory.open.between), decision: 'clarify', intent: context.intent };
  }
  const decision = worthAsking(bot, decide(context.understanding, thresholds));
  const wished = decision.kind === 'answer' && !bot.flows[decision.intent]?.smallTalk;
  // Nothing but "the other one", or a number with a word or two around it: for the wish at hand.
  if (bot.bareReference && !wished && (onlyPoints(context.text, commands) || isBareReference(bot, context)))
    return answer(bot.whenNothingOpen(bot.bareReference, memory));
  if (decision.kind === 'answer') {
    const intent = bot.whenNothingOpen(decision.intent, memory);
    return interruption(bot, context, await answer(intent));
  }
  const plainest = plainestOfAlike(bot, context, decision);
  if (plainest) return answer(plainest);
  if (memory.open?.kind === 'slot') return askAgain(bot, context, memory.open);
  if (memory.unsure >= 1 || memory.open?.kind === 'clarify') {
    const step = transfer(context, 'low_confidence', 'The bot did not understand twice in a row.');
    return { step, decision: 'handoff', intent: context.intent, toLearn: unsureOf(context) };
  }
  if (decision.kind === 'clarify') {
    const step = askToClarify(context, decision.between);
    return { step, decision: 'clarify', intent: context.intent, toLearn: unsureOf(context) };
  }
  const step = askToRephrase(context, bot.suggests);
  return { step, decision: 'clarify', intent: context.intent, toLearn: unsureOf(context) };
}

const FEWEST_LETTERS = 3;

function unsureOf<P>({ text, understanding }: FlowContext<P>): ToLearn | null {
  const kept = anonymize(text, understanding.entities);
  if (kept.replace(/[^\p{L}]/gu, '').length < FEWEST_LETTERS) return null;
  return { text: kept, intent: understanding.intent, confidence: understanding.confidence, corrected: null };
}

/** The customer picked what an earlier message had meant. */
function corrected({ open }: Memory, intent: string): ToLearn | null {
  if (open?.kind !== 'clarify' || !open.about) return null;
  return { text: open.about, intent, confidence: 0, corrected: intent };
}

/** "No": to a clarification it means "neither", to anything else it means "leave it". */
function declined<P>(context: FlowContext<P>): Response {
  const { open } = context.memory;
  if (open?.kind === 'clarify') {
    return { step: offerPerson(context), decision: 'clarify', intent: 'deny' };
  }
  return {
    step: { kind: 'say', drafts: [{ lines: [context.say('engine.left')] }] },
    decision: 'answer',
    intent: 'deny',
  };
}

function chooseLanguage(
  input: TurnInput,
  understanding: Understanding,
  languages: readonly string[],
): string {
  const { lang, langConfidence } = understanding;
  if (input.wordless) return input.lang ?? input.localeHint ?? input.shop.lang;
  if (languages.includes(lang) && (!input.lang || langConfidence >= FOLLOW_LANGUAGE)) return lang;
  return input.lang ?? input.shop.lang;
}

function finish<P>(
  bot: Bot<P>,
  context: FlowContext<P>,
  step: Step,
  decision: Decision['kind'],
  screened: Screened,
): Omit<TurnResult, 'toLearn'> {
  const memory = nextMemory(bot, context, step, decision);
  const handoff = step.kind === 'handoff' ? writeHandoff(context, step, memory) : null;
  const { understanding } = context;
  const replies = compose(context, step);
  const offered = (replies.at(-1)?.choices ?? []).map(({ id }) => id);
  return {
    replies,
    memory: handoff ? { ...memory, open: null, unsure: 0, offered: [] } : { ...memory, offered },
    lang: context.lang,
    handoff,
    ticketType: bot.flows[context.intent]?.ticketType ?? null,
    later: step.kind === 'say' ? (step.later ?? []) : [],
    helped: step.kind === 'say' ? (step.helped ?? null) : null,
    withheld: null,
    trace: {
      intent: understanding.intent,
      confidence: understanding.confidence,
      decision: handoff ? 'handoff' : decision,
      alternatives: understanding.alternatives,
      model: understanding.model,
      screen: screened,
    },
  };
}

function writeHandoff<P>(
  context: FlowContext<P>,
  step: Extract<Step, { kind: 'handoff' }>,
  memory: Memory,
): Handoff {
  const { request } = step;
  return {
    reason: request.reason,
    topic: context.intent,
    priority: request.priority ?? 'normal',
    brief: writeBrief(context, request.note, memory),
    facts: memory.facts,
  };
}
