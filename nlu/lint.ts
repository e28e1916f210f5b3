/** What is wrong with training data, with file, line and how to mend it. */
import { normalize, tokenize } from './normalize.ts';
import type { DataProblem, Example, TrainingData } from './training-data.ts';

export type LintOptions = {
  /** Languages the installation answers in: every intent needs examples in each. */
  readonly languages: readonly string[];
  /** Messages that are only measured with; one of them in the training data makes every figure a lie. */
  readonly evaluation?: readonly Example[];
  /** Intents the bots answer; an example of another one can never be acted on. */
  readonly intents?: readonly string[];
};

/** Fewer examples than this teach an intent nothing reliable. */
export const FEWEST_EXAMPLES = 12;

/** Two examples are the same when they differ only in case, accents, spaces and punctuation. */
export function sameness(text: string): string {
  const normalized = normalize(text);
  const words = tokenize(normalized).filter((token) => !/^[?!]$/.test(token));
  return words.length > 0 ? words.join(' ') : normalized;
}

export function lintTrainingData(
  { examples, problems }: TrainingData,
  options: LintOptions,
): readonly DataProblem[] {
  const found = [
    ...problems,
    ...repeats(examples),
    ...unknownIntents(examples, options.intents),
    ...thinIntents(examples, options.languages),
    ...measuredWith(examples, options.evaluation ?? []),
  ];
  return found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function repeats(examples: readonly Example[]): DataProblem[] {
  const first = new Map<string, Example>();
  const problems: DataProblem[] = [];
  for (const example of examples) {
    const key = `${example.lang} ${sameness(example.text)}`;
    const earlier = first.get(key);
    if (!earlier) first.set(key, example);
    else problems.push(repeat(example, earlier));
  }
  return problems;
}

function repeat({ file, line, text, intent }: Example, earlier: Example): DataProblem {
  const where = `${earlier.file}, line ${earlier.line}`;
  return earlier.intent === intent
    ? { file, line, what: `"${shorten(text)}" is there already (${where})`, mend: 'delete one of the two' }
    : {
        file,
        line,
        what: `"${shorten(text)}" is an example of ${intent} here and of ${earlier.intent} in ${where}`,
        mend: 'decide what the customer wants, and delete it in the other place',
      };
}

function unknownIntents(examples: readonly Example[], intents?: readonly string[]): DataProblem[] {
  if (!intents) return [];
  const seen = new Set<string>();
  return examples.flatMap(({ file, line, intent }) => {
    const key = `${file} ${intent}`;
    if (intents.includes(intent) || seen.has(key)) return [];
    seen.add(key);
    return [
      {
        file,
        line,
        what: `no bot answers the intent "${intent}"`,
        mend: 'correct the name, or add a flow for it',
      },
    ];
  });
}

function thinIntents(examples: readonly Example[], languages: readonly string[]): DataProblem[] {
  const intents = [...new Set(examples.map(({ intent }) => intent))];
  return intents.flatMap((intent) =>
    languages.flatMap((lang) => {
      const own = examples.filter((example) => example.intent === intent && example.lang === lang);
      if (own.length >= FEWEST_EXAMPLES) return [];
      const anywhere = own[0] ?? examples.find((example) => example.intent === intent);
      const what =
        own.length === 0
          ? `the intent "${intent}" has no examples in ${lang}`
          : `the intent "${intent}" has only ${own.length} examples in ${lang}`;
      return [
        {
          file: anywhere?.file ?? '',
          line: anywhere?.line ?? 1,
          what,
          mend: `write at least ${FEWEST_EXAMPLES}, as different customers would`,
        },
      ];
    }),
  );
}

const SET_PHRASE_WORDS = 3;

/** Set phrases are left out: everybody writes "bonjour" and "yes of course", whoever wrote the test file. */
function measuredWith(examples: readonly Example[], evaluation: readonly Example[]): DataProblem[] {
  const measured = new Map(
    evaluation.map((example) => [`${example.lang} ${sameness(example.text)}`, example]),
  );
  return examples.flatMap(({ file, line, lang, text }) => {
    const twin = measured.get(`${lang} ${sameness(text)}`);
    return twin && sameness(text).split(' ').length > SET_PHRASE_WORDS
      ? [
          {
            file,
            line,
            what: `"${shorten(text)}" is also in ${twin.file}, line ${twin.line}, which is only for measuring`,
            mend: 'delete it here',
          },
        ]
      : [];
  });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
