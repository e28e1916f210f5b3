/** Reads the data of `compliance/`: lists, words, clauses, phrases. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Liability, PhrasesFile, ReadPhrases } from '../compliance/phrases.ts';
import { createLiability, createPhrases, liabilityFile, phrasesFile } from '../compliance/phrases.ts';
import { ConfigError } from './config/load.ts';
import { PACKAGE_ROOT } from './package-root.ts';

const FOLDER = join(PACKAGE_ROOT, 'compliance');
const PHRASES = 'phrases';

/** The consumer-protection phrases of every country. */
export function openPhrases(staleAfterDays: number): ReadPhrases {
  return createPhrases(readPhrasesFiles(), staleAfterDays);
}

export function readPhrasesFiles(): readonly PhrasesFile[] {
  return readdirSync(join(FOLDER, PHRASES))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => readComplianceFile(phrasesFile, PHRASES, name));
}

/** Flags what admits or denies liability in a text a person is about to send. */
export function openLiability(): Liability {
  return createLiability(readComplianceFile(liabilityFile, 'liability.yml'));
}

/** @throws ConfigError with every mistake of the file */
export function readComplianceFile<T extends z.ZodType>(schema: T, ...path: readonly string[]): z.infer<T> {
  const file = join(FOLDER, ...path);
  const document = parseDocument(readFileSync(file, 'utf8'), { version: '1.2' });
  const broken = document.errors.map((error) => `${file}: ${error.message.split('\n')[0]}`);
  const result = schema.safeParse(document.toJS());
  if (broken.length === 0 && result.success) return result.data;
  const wrong =
    result.error?.issues.map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`) ?? [];
  throw new ConfigError([...broken, ...wrong]);
}
