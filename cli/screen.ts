/** `wismo screen`: JSON Lines in, the same lines with what the incoming screen says of them out. */
import { openScreen } from '../server/screening.ts';
import { readJsonLines, textOf } from './lines.ts';
import { createProgress, printJson } from './progress.ts';
import { readSettings } from './settings.ts';

export async function screen(options: { readonly config?: string }): Promise<void> {
  const { dataDir, languages, compliance } = readSettings(options.config);
  const progress = createProgress('Training the screen');
  const opened = openScreen({ dataDir, languages, examples: compliance.examples }, Date.now, progress.update);
  for await (const line of readJsonLines(process.stdin)) {
    const lang = typeof line['lang'] === 'string' ? line['lang'] : null;
    printJson({ ...line, ...opened.screen(textOf(line), lang) });
  }
}
