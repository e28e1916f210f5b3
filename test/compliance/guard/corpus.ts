/** The replies the rules alone must judge right, each with its verdict: `compliance/guard/data/<lang>/rules.yml`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GuardRule } from '../../../compliance/guard.ts';
import { GUARD_RULES } from '../../../compliance/guard.ts';
import { readTrainingFile } from '../../../nlu/training-data.ts';
import { GUARD_TRAINING_FOLDER, withLines } from '../../../server/guard-training.ts';

export type Corpus = {
  readonly lang: string;
  readonly forbidden: Readonly<Record<GuardRule, readonly string[]>>;
  readonly good: readonly string[];
};

export function readCorpora(): readonly Corpus[] {
  return readdirSync(GUARD_TRAINING_FOLDER).map((lang) => {
    const { examples, problems } = readTrainingFile(join(GUARD_TRAINING_FOLDER, lang, 'rules.yml'), lang);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    const textsOf = (label: string): readonly string[] =>
      examples.filter(({ intent }) => intent === label).map((example) => withLines(example).text);
    const forbidden = Object.fromEntries(GUARD_RULES.map((rule) => [rule, textsOf(rule)]));
    return { lang, forbidden: forbidden as Corpus['forbidden'], good: textsOf('ok') };
  });
}
