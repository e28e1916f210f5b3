/** `wismo classify`: JSON Lines in, the same lines with what the engine understands out. */
import { decide } from '../bots/engine/decide.ts';
import { ensureModel, openEngine } from '../server/understanding.ts';
import { readJsonLines, textOf } from './lines.ts';
import { createProgress, printJson } from './progress.ts';
import { readSettings } from './settings.ts';

export async function classify(options: { readonly config?: string }): Promise<void> {
  const config = readSettings(options.config);
  await ensureModel(
    config.dataDir,
    config.languages,
    Date.now,
    createProgress('Training the language model').update,
  );
  const { understand } = await openEngine(config.dataDir);
  for await (const line of readJsonLines(process.stdin)) {
    const text = textOf(line);
    const prior = {
      now: Date.now(),
      ...(typeof line['lang'] === 'string' ? { lang: line['lang'] } : {}),
      ...(typeof line['country'] === 'string' ? { country: line['country'] } : {}),
    };
    const { lang, intent, confidence, alternatives, entities, ...rest } = await understand(text, prior);
    const decision = decide(
      { lang, intent, confidence, alternatives, entities, ...rest },
      config.thresholds,
    ).kind;
    printJson({
      ...line,
      lang,
      intent,
      confidence,
      decision,
      entities: entities.map(({ type, value, start, end, carriers, suspect }) => ({
        type,
        value,
        start,
        end,
        ...(carriers ? { carriers } : {}),
        ...(suspect ? { suspect } : {}),
      })),
      alternatives,
    });
  }
}
