/** Words that steer the conversation itself, whatever its language: "start over", "the second one". */
import { z } from 'zod';
import type { Pointed } from './bot.ts';
import type { Sentences } from './speak.ts';

/** From `locales/<lang>/commands.json` of every language. Each list is compared with the whole message. */
export type Commands = {
  readonly startOver: readonly string[];
  readonly neverMind: readonly string[];
  /** "Wait", "one moment": nothing is answered and nothing is refused. */
  readonly pauses: readonly string[];
  /** "I don't know", "I can't find it": the question cannot be answered. Looked for anywhere in the message. */
  readonly cannotTell: readonly string[];
  /** Ways to say "the first", "the second", "the third" of what was last shown or named. */
  readonly ordinals: readonly (readonly string[])[];
  /** Ways to say "the other one". */
  readonly others: readonly string[];
};

const ways = z.array(z.string().min(1)).min(1);
const commandsFile = z.object({
  start_over: ways,
  never_mind: ways,
  pause: ways,
  cannot_tell: ways,
  first: ways,
  second: ways,
  third: ways,
  other: ways,
});

/** The commands of all languages together: a customer may well write "restart" in a French chat. */
export function readCommands(sentences: Sentences): Commands {
  const files = Object.values(sentences).flatMap(({ commands }) =>
    commands ? [commandsFile.parse(commands)] : [],
  );
  const all = (name: keyof (typeof files)[number]): string[] => files.flatMap((file) => file[name]).map(bare);
  return {
    startOver: all('start_over'),
    neverMind: all('never_mind'),
    pauses: all('pause'),
    cannotTell: all('cannot_tell'),
    ordinals: [all('first'), all('second'), all('third')],
    others: all('other'),
  };
}

/** Lower case, no accents, no punctuation, single spaces. */
export function bare(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** "Never mind": whatever the bot asked, the customer no longer wants to answer. */
export function dropsQuestion(text: string, { neverMind }: Commands): boolean {
  return neverMind.includes(bare(text));
}

export function startsOver(text: string, { startOver }: Commands): boolean {
  return startOver.includes(bare(text));
}

/** True when nothing is asked or told: only marks, or nothing at all. An emoji says something. */
export function saysNothing(text: string): boolean {
  return !/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(text);
}

/** "Wait", "un instant": the customer is looking for something. */
export function asksToWait(text: string, { pauses }: Commands): boolean {
  return pauses.includes(bare(text));
}

/** The customer does not have what was asked for. */
export function cannotAnswer(text: string, { cannotTell }: Commands): boolean {
  const said = ` ${bare(text)} `;
  return cannotTell.some((way) => said.includes(` ${way} `));
}

/** Id of the choice that "the second one" picks among those offered; null when it picks none. */
export function pickedByOrdinal(text: string, offered: readonly string[], commands: Commands): string | null {
  if (offered.length < 2) return null;
  const said = bare(text);
  if (offered.length === 2 && commands.others.includes(said)) return offered[1] ?? null;
  const index = commands.ordinals.findIndex((ways) => ways.includes(said));
  return index < 0 ? null : (offered[index] ?? null);
}

/** Which one a sentence speaks of: "cancel the second one", "and the other?"; null when it points at none. */
export function pointsAt(text: string, { ordinals, others }: Commands): Pointed | null {
  const said = bare(text);
  const points = (way: string): boolean =>
    said === way || (way.includes(' ') && ` ${said} `.includes(` ${way} `));
  const index = ordinals.findIndex((ways) => ways.some(points));
  if (index >= 0) return index;
  return others.some(points) ? 'other' : null;
}

/** Words that may stand before "the other one" without making it another sentence: "and what about". */
const MOST_WORDS_BEFORE = 3;

/** True when pointing is all the message does. */
export function onlyPoints(text: string, { ordinals, others }: Commands): boolean {
  const said = bare(text);
  return [...ordinals.flat(), ...others].some((way) => {
    if (said === way) return true;
    if (!way.includes(' ') || !said.endsWith(` ${way}`)) return false;
    return said.split(' ').length - way.split(' ').length <= MOST_WORDS_BEFORE;
  });
}
