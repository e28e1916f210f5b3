/** Sets the logistics bot up for dialogue files: the real engine, sentences, commands and policies, and the file's facts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDialogues } from '../bots/dialogues/file.ts';
import type { Failure } from '../bots/dialogues/run.ts';
import { runDialogue } from '../bots/dialogues/run.ts';
import { readCommands } from '../bots/engine/commands.ts';
import { NO_SCREEN } from '../bots/engine/screened.ts';
import { createSpeak } from '../bots/engine/speak.ts';
import type { Thresholds } from '../bots/engine/decide.ts';
import { logistics } from '../bots/logistics/bot.ts';
import { portsFromFacts } from '../bots/logistics/dialogue-ports.ts';
import type { Policies } from '../bots/logistics/policies.ts';
import { createPolicies } from '../bots/logistics/policies.ts';
import { CARRIERS } from '../carriers/registry.ts';
import type { Understand } from '../nlu/understanding.ts';
import { openPhrases } from './compliance-files.ts';
import { ConfigError } from './config/load.ts';
import type { Judge } from '../compliance/guard.ts';
import { openGuard, readGuardLists } from './guard.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { countryPolicies } from './policies.ts';
import { readSentences } from './sentences.ts';

export type Played = {
  readonly file: string;
  readonly name: string;
  readonly failures: readonly Failure[];
};

export type DialogueDeps = {
  readonly understand: Understand;
  readonly thresholds: Thresholds;
  readonly languages: readonly string[];
  /** What the guard has learnt. */
  readonly judge?: Judge;
};

const STALE_AFTER_DAYS = 180;

/** @throws ConfigError with every mistake of every file */
export async function* playDialogues(files: readonly string[], deps: DialogueDeps): AsyncGenerator<Played> {
  const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
  const speak = await createSpeak(sentences, 'en');
  const commands = readCommands(sentences);
  const phrases = openPhrases(STALE_AFTER_DAYS);
  // Dialogues speak of any carrier; which of them are certified is the business of a shop.
  const everyCarrier = readGuardLists().lists.carriers.map(({ id }) => id);
  const guard = openGuard(
    [{ id: 'shop', compliance: { certifiedCarriers: everyCarrier } }],
    undefined,
    deps.judge,
  );
  const problems: string[] = [];
  const read = files.flatMap((file) => {
    const result = readDialogues(readFileSync(file, 'utf8'));
    if (result.kind === 'read') return [{ file, ...result.file }];
    problems.push(...result.problems.map((problem) => `${file}: ${problem}`));
    return [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  for (const { file, now, dialogues } of read) {
    const start = Date.parse(now);
    for (const dialogue of dialogues) {
      const { country } = dialogue.shop;
      const own = dialogue.facts.policies as Policies;
      const ports = portsFromFacts({
        facts: dialogue.facts,
        shop: { id: 'shop', country },
        now: start,
        policy: createPolicies([countryPolicies(country), own], {
          now: start,
          staleAfterDays: STALE_AFTER_DAYS,
        }),
        phrases,
        carriers: CARRIERS,
      });
      const failures = await runDialogue(logistics, dialogue, start, {
        ...deps,
        screen: NO_SCREEN,
        speak,
        commands,
        guard,
        bot: ports,
      });
      yield { file, name: dialogue.name, failures };
    }
  }
}
