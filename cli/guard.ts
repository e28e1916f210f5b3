/** `wismo guard`: JSON Lines in, the same lines with the guard's verdict out. */
import { openGuard } from '../server/guard.ts';
import { openJudge } from '../server/guard-training.ts';
import { readPolicies } from '../server/policies.ts';
import { InputError, readJsonLines, textOf } from './lines.ts';
import { createProgress, printJson } from './progress.ts';
import { readSettings } from './settings.ts';

/** Without `shop` in a line, or `--shop`, the shipped lists decide. */
export async function guard(options: { readonly config?: string; readonly shop?: string }): Promise<void> {
  const { shops, policies, dataDir, languages } = readSettings(options.config);
  const read = readPolicies(shops, policies);
  const progress = createProgress('Training the guard');
  const judge = openJudge({ dataDir, languages }, Date.now, progress.update);
  const check = openGuard(shops, (shop) => read(shop, Date.now())('hotline')?.value, judge);
  for await (const line of readJsonLines(process.stdin)) {
    const shop = optional(line, 'shop') ?? options.shop;
    if (shop !== undefined && !shops.some(({ id }) => id === shop))
      throw new InputError(
        `There is no shop "${shop}". Configured: ${shops.map(({ id }) => id).join(', ')}.`,
      );
    const { verdict, rule, evidence, clause } = check(textOf(line), {
      country: optional(line, 'country'),
      shop,
    });
    printJson({ ...line, verdict, rule, evidence, clause: clause?.id ?? null });
  }
}

function optional(line: Record<string, unknown>, key: string): string | undefined {
  const value = line[key];
  return typeof value === 'string' ? value : undefined;
}
