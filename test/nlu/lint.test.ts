import { expect } from 'chai';
import { lintTrainingData } from '../../nlu/lint.ts';
import { parseTrainingText } from '../../nlu/training-data.ts';

const twelve = (start: string): string =>
  Array.from({ length: 12 }, (_, index) => `      - ${start} ${'abcdefghijkl'[index]}`).join('\n');

const read = (body: string) => parseTrainingText(`nlu:\n${body}\n`, 'en/a.yml', 'en');
const lint = (body: string, options = {}) =>
  lintTrainingData(read(body), { languages: ['en'], ...options }).map(({ line, what }) => [line, what]);

describe('data lint', () => {
  it('finds nothing in clean data', () => {
    expect(lint(`  - intent: greet\n    examples: |\n${twelve('hi')}`)).to.deep.equal([]);
  });

  it('finds the same sentence twice, whatever its capitals, accents and punctuation', () => {
    const body = `  - intent: greet\n    examples: |\n${twelve('hi')}\n      - HÍ a!`;
    expect(lint(body)).to.deep.equal([[16, '"HÍ a!" is there already (en/a.yml, line 4)']]);
  });

  it('finds one sentence under two intents', () => {
    const body = `  - intent: greet\n    examples: |\n${twelve('hi')}\n  - intent: thank\n    examples: |\n${twelve('ta')}\n      - hi b`;
    const [found] = lint(body);
    expect(found?.[1]).to.equal('"hi b" is an example of thank here and of greet in en/a.yml, line 5');
  });

  it('finds thin intents, missing languages and names no bot answers', () => {
    const body = `  - intent: gret\n    examples: |\n      - hi`;
    expect(
      lint(body, { languages: ['en', 'fr'], intents: ['greet'] }).map(([, what]) => what),
    ).to.have.members([
      'no bot answers the intent "gret"',
      'the intent "gret" has only 1 examples in en',
      'the intent "gret" has no examples in fr',
    ]);
  });

  it('finds a message that the test files measure with', () => {
    const { examples: evaluation } = parseTrainingText(
      'nlu:\n  - intent: greet\n    examples: |\n      - Hi over there, c?\n      - hello, c\n',
      'test.yml',
      'en',
    );
    const data = `  - intent: greet\n    examples: |\n${twelve('hi over there')}`;
    const [found, ...others] = lint(data, { evaluation });
    expect(found?.[1]).to.include('test.yml, line 4, which is only for measuring');
    expect(others).to.deep.equal([]);
  });

  it('leaves set phrases, which everybody writes, to both', () => {
    const { examples: evaluation } = parseTrainingText(
      'nlu:\n  - intent: greet\n    examples: |\n      - Hello there, c\n',
      'test.yml',
      'en',
    );
    expect(
      lint(`  - intent: greet\n    examples: |\n${twelve('hello there')}`, { evaluation }),
    ).to.deep.equal([]);
  });
});
