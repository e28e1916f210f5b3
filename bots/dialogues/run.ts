/** Plays a dialogue against a bot and says, step by step, where the bot did something else. */
import type { Instant } from '../../domain/time.ts';
import type { Bot, Memory } from '../engine/bot.ts';
import { EMPTY_MEMORY } from '../engine/bot.ts';
import type { TurnPorts, TurnResult } from '../engine/turn.ts';
import { runTurn } from '../engine/turn.ts';
import type { Dialogue, DialogueStep } from './file.ts';

/** What went wrong, with the bot's own words so that one need not run it again to see. */
export type Failure = {
  readonly step: number;
  /** What the customer wrote or pressed. */
  readonly asked: string;
  readonly what: string;
  readonly said: string;
};

/** The time between two messages of a dialogue. */
const STEP_MS = 60_000;

export async function runDialogue<P>(
  bot: Bot<P>,
  dialogue: Dialogue,
  start: Instant,
  ports: TurnPorts<P>,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  let memory: Memory = EMPTY_MEMORY;
  let lang: string | null = null;
  for (const [index, step] of dialogue.steps.entries()) {
    const result: TurnResult = await runTurn(
      bot,
      {
        text: step.customer ?? '',
        choice: step.press ?? null,
        memory,
        lang,
        shop: { id: 'shop', name: 'Shop', ...dialogue.shop },
        trust: dialogue.trust,
        boundOrder: dialogue.order,
        customerName: dialogue.customer,
        product: dialogue.product,
        localeHint: null,
        now: start + index * STEP_MS,
        signal: new AbortController().signal,
      },
      ports,
    );
    const said = result.replies.map(({ text }) => text).join('\n\n');
    const asked = step.customer ?? step.press ?? '';
    failures.push(...judge(step, result, said).map((what) => ({ step: index + 1, asked, what, said })));
    // As it is kept between turns: plain JSON.
    memory = JSON.parse(JSON.stringify(result.memory)) as Memory;
    lang = result.lang;
  }
  return failures;
}

function judge(step: DialogueStep, result: TurnResult, said: string): string[] {
  const { trace, handoff } = result;
  const shown = result.replies.flatMap(({ choices }) => (choices ?? []).map(({ id }) => id));
  return [
    ...step.says.filter((one) => !holds(said, one)).map((one) => `should say ${one}`),
    ...step.never.filter((one) => holds(said, one)).map((one) => `must not say ${one}`),
    ...differs('language', step.language, result.lang),
    ...differs('intent', step.intent, trace.intent),
    ...differs('decision', step.decision, trace.decision),
    ...(step.choices ?? []).filter((id) => !shown.includes(id)).map((id) => `should offer the button ${id}`),
    ...judgeHandoff(step.handoff, handoff),
    ...(step.follows !== undefined && step.follows !== result.later.length > 0
      ? [step.follows ? 'should promise a second message' : 'must not promise a second message']
      : []),
    ...(/\{\{|undefined|null|NaN|Invalid DateTime/.test(said) ? ['says something broken'] : []),
    ...(said === '' ? ['should say something'] : []),
  ];
}

function judgeHandoff(expected: DialogueStep['handoff'], actual: TurnResult['handoff']): string[] {
  if (!expected) return actual ? [`must not hand over (${actual.reason}, ${actual.topic})`] : [];
  if (!actual) return ['should hand over'];
  return [
    ...differs('reason', expected.reason, actual.reason),
    ...differs('priority', expected.priority, actual.priority),
    ...differs('topic', expected.topic, actual.topic),
    ...expected.brief
      .filter((one) => !holds(actual.brief, one))
      .map((one) => `the brief should say ${one}; it says: ${actual.brief}`),
  ];
}

function differs(what: string, expected: string | undefined, actual: string): string[] {
  return expected === undefined || expected === actual ? [] : [`${what} is ${actual}, should be ${expected}`];
}

const REGEX = /^\/(.+)\/([a-z]*)$/s;

/** Spaces of every kind are one: French puts thin ones before its punctuation. */
function holds(said: string, expected: string): boolean {
  const [, pattern, flags] = REGEX.exec(expected) ?? [];
  const text = said.replace(/[\u00a0\u202f]/g, ' ');
  return pattern === undefined ? text.includes(expected) : new RegExp(pattern, flags).test(text);
}
