/** Words that steer the conversation itself, whatever its language: "start over", "the second one". */
import { z } from 'zod';
import type { Sentences } from './speak.ts';

/** From `locales/<lang>/commands.json` of every language. Each list is compared with the whole message. */
export type Commands = {
  readonly startOver: readonly string[];
  readonly neverMind: readonly string[];
  /** Ways to say "the first", "the second", "the third" of the choices last shown. */
  readonly ordinals: readonly (readonly string[])[];
};

const ways = z.array(z.string().min(1)).min(1);
const commandsFile = z.object({ start_over: ways, never_mind: ways, first: ways, second: ways, third: ways });

/** The commands of all languages together: a customer may well write "restart" in a French chat. */
export function readCommands(sentences: Sentences): Commands {
  const files = Object.values(sentences).flatMap(({ commands }) =>
    commands ? [commandsFile.parse(commands)] : [],
  );
  const all = (name: keyof (typeof files)[number]): string[] => files.flatMap((file) => file[name]).map(bare);
  return {
    startOver: all('start_over'),
    neverMind: all('never_mind'),
    ordinals: [all('first'), all('second'), all('third')],
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

/** Id of the choice that "the second one" picks among those offered; null when it picks none. */
export function pickedByOrdinal(
  text: string,
  offered: readonly string[],
  { ordinals }: Commands,
): string | null {
  if (offered.length < 2) return null;
  const said = bare(text);
  const index = ordinals.findIndex((ways) => ways.includes(said));
  return index < 0 ? null : (offered[index] ?? null);
}
