import { expect } from 'chai';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { spokenIntents } from '../../bots/engine/bot.ts';
import { logistics } from '../../bots/logistics/bot.ts';
import { parseTrainingText, readTrainingData } from '../../nlu/training-data.ts';

describe('training data', () => {
  it('reads examples with their line and takes annotations off', () => {
    const { examples, problems } = parseTrainingText(
      'version: "3.1"\nnlu:\n  - intent: track_order\n    examples: |\n      - where is [338000001](order_number)\n      - track it\n',
      'a.yml',
      'en',
    );
    expect(problems).to.deep.equal([]);
    expect(examples.map(({ text, intent, line }) => [text, intent, line])).to.deep.equal([
      ['where is 338000001', 'track_order', 5],
      ['track it', 'track_order', 6],
    ]);
  });

  it('accepts the other sections of the Rasa format', () => {
    const { problems } = parseTrainingText(
      'nlu:\n  - synonym: parcel\n    examples: |\n      - package\n  - regex: number\n    examples: |\n      - \\d{9}\n  - lookup: city\n    examples: |\n      - Lagos\n',
      'a.yml',
      'en',
    );
    expect(problems).to.deep.equal([]);
  });

  for (const [name, source, line] of [
    ['a line without a dash', 'nlu:\n  - intent: greet\n    examples: |\n      - hi\n      hello\n', 5],
    ['no examples', 'nlu:\n  - intent: greet\n', 2],
    ['no nlu list', 'version: "3.1"\n', 1],
    ['broken YAML', 'nlu:\n  - intent: greet\n   examples: [\n', 3],
    ['a section of unknown kind', 'nlu:\n  - intents: greet\n', 2],
  ] as const) {
    it(`names file and line of ${name}`, () => {
      const { problems } = parseTrainingText(source, 'fr/a.yml', 'fr');
      expect(problems.map((problem) => [problem.file, problem.line])).to.deep.equal([['fr/a.yml', line]]);
      expect(problems[0]?.mend).to.not.equal('');
    });
  }

  it("has no problem in the product's own messages, and every intent of the bot in every language", () => {
    const { examples, problems } = readTrainingData(join(PACKAGE_ROOT, 'nlu', 'data'));
    expect(problems).to.deep.equal([]);
    for (const lang of ['en', 'fr', 'pt']) {
      const intents = new Set(
        examples.filter((example) => example.lang === lang).map(({ intent }) => intent),
      );
      for (const intent of spokenIntents(logistics))
        expect(intents.has(intent), `${lang} ${intent}`).to.equal(true);
    }
  });
});
