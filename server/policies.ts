/** Reads policy files: the country's, shipped with the product, and the operator's own, which win. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Policies, ReadPolicy } from '../bots/logistics/policies.ts';
import { createPolicies, policyFile } from '../bots/logistics/policies.ts';
import type { Instant } from '../domain/time.ts';
import { ConfigError } from './config/load.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const SHIPPED = join(PACKAGE_ROOT, 'bots', 'logistics', 'policies');

export type PolicySettings = { readonly folder?: string | undefined; readonly staleAfterDays: number };
type ShopOf = { readonly id: string; readonly country: string };

/**
 * For each shop: `<country>.yml` of the product, then `<country>.yml` and `<shop>.yml` of the operator's folder.
 * Throws {@link ConfigError} with every mistake of every file.
 */
export function readPolicies(
  shops: readonly ShopOf[],
  { folder, staleAfterDays }: PolicySettings,
): (shopId: string, now: Instant) => ReadPolicy {
  const problems: string[] = [];
  if (folder && !existsSync(folder)) problems.push(`policies.folder: ${folder} does not exist.`);
  const layersOf = new Map(
    shops.map(({ id, country }) => {
      const own = folder ? [join(folder, `${country}.yml`), join(folder, `${id}.yml`)] : [];
      return [id, [join(SHIPPED, `${country}.yml`), ...own].map((file) => readFile(file, problems))];
    }),
  );
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return (shopId, now) => createPolicies(layersOf.get(shopId) ?? [], { now, staleAfterDays });
}

/** The shipped values of a country. */
export function countryPolicies(country: string): Policies {
  const problems: string[] = [];
  const policies = readFile(join(SHIPPED, `${country}.yml`), problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return policies;
}

/** Nothing is known of a country without a file. */
function readFile(file: string, problems: string[]): Policies {
  if (!existsSync(file)) return {};
  const document = parseDocument(readFileSync(file, 'utf8'), { version: '1.2' });
  if (document.errors.length > 0) {
    problems.push(
      ...document.errors
        .slice(0, 1)
        .map((error) => `${file}, line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`),
    );
    return {};
  }
  const result = policyFile.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  problems.push(
    ...result.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
  return {};
}
