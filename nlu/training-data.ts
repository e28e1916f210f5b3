/** Reads training data: YAML in the Rasa NLU format, `<folder>/<lang>/<subject>.yml`. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, YAMLMap } from 'yaml';

export type Example = {
  /** Without entity annotations. */
  readonly text: string;
  readonly intent: string;
  readonly lang: string;
  readonly file: string;
  readonly line: number;
};

/** Something an operator must mend. `line` counts from 1. */
export type DataProblem = {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly mend: string;
};

export type TrainingData = {
  readonly examples: readonly Example[];
  readonly problems: readonly DataProblem[];
};

/** Rasa sections that are understood as valid and carry no intent examples. */
const OTHER_SECTIONS = ['synonym', 'regex', 'lookup'];
/** `[338000001](order_number)` and `[Lagos]{"entity": "city"}` → the words alone. */
const ANNOTATION = /\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})/g;

/** Every language folder under `folder`. Bad lines become problems with file and line; nothing is skipped in silence. */
export function readTrainingData(folder: string): TrainingData {
  const examples: Example[] = [];
  const problems: DataProblem[] = [];
  for (const lang of readdirSync(folder).sort()) {
    const path = join(folder, lang);
    if (!statSync(path).isDirectory()) continue;
    for (const name of readdirSync(path).sort()) {
      if (!/\.ya?ml$/.test(name)) continue;
      const read = readTrainingFile(join(path, name), lang);
      examples.push(...read.examples);
      problems.push(...read.problems);
    }
  }
  return { examples, problems };
}

export function readTrainingFile(file: string, lang: string): TrainingData {
  return parseTrainingText(readFileSync(file, 'utf8'), file, lang);
}

export function parseTrainingText(source: string, file: string, lang: string): TrainingData {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, version: '1.2' });
  const problems: DataProblem[] = [];
  const lineOf = (node: unknown): number => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  const problem = (line: number, what: string, mend: string): void =>
    void problems.push({ file, line, what, mend });
  const [broken] = document.errors;
  if (broken) {
    problem(
      broken.linePos?.[0].line ?? 1,
      `not valid YAML: ${broken.message.split('\n')[0]}`,
      'check the indentation and quotes of this line',
    );
    return { examples: [], problems };
  }
  const root = document.contents;
  const sections = isMap(root) ? root.get('nlu') : undefined;
  if (!isSeq(sections)) {
    problem(
      1,
      'there is no "nlu:" list',
      'start the file with version: "3.1" and nlu:, then one "- intent:" per intent',
    );
    return { examples: [], problems };
  }
  const examples: Example[] = [];
  for (const section of sections.items) {
    if (!isMap(section)) {
      problem(
        lineOf(section),
        'a section is not a mapping',
        'write "- intent: name" and below it "examples: |"',
      );
      continue;
    }
    examples.push(...readSection(section, { file, lang, lineOf, problem }));
  }
  return { examples, problems };
}

type Reader = {
  readonly file: string;
  readonly lang: string;
  readonly lineOf: (node: unknown) => number;
  readonly problem: (line: number, what: string, mend: string) => void;
};

function readSection(section: YAMLMap, { file, lang, lineOf, problem }: Reader): Example[] {
  const intent: unknown = section.get('intent');
  if (typeof intent !== 'string' || intent.trim() === '') {
    const known = OTHER_SECTIONS.some((name) => section.has(name));
    if (!known)
      problem(
        lineOf(section),
        'a section has neither intent nor synonym, regex or lookup',
        'begin it with "- intent: name"',
      );
    return [];
  }
  const block = section.get('examples', true);
  if (!isScalar(block) || typeof block.value !== 'string') {
    problem(
      lineOf(section),
      `the intent "${intent}" has no block of examples`,
      'write "examples: |" and one "- sentence" a line',
    );
    return [];
  }
  const blockStyle = block.type === 'BLOCK_LITERAL' || block.type === 'BLOCK_FOLDED';
  const firstLine = lineOf(block) + (blockStyle ? 1 : 0);
  const examples: Example[] = [];
  block.value.split('\n').forEach((row, index) => {
    const line = firstLine + index;
    if (row.trim() === '' || row.trim().startsWith('#')) return;
    const text = /^\s*-\s+(.*\S)\s*$/.exec(row)?.[1]?.replace(ANNOTATION, '$1');
    if (text) examples.push({ text, intent: intent.trim(), lang, file, line });
    else
      problem(
        line,
        `"${row.trim().slice(0, 40)}" is not an example`,
        'begin the line with "- " and a sentence',
      );
  });
  return examples;
}
