import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { appendExample } from '../../nlu/training-file.ts';

const SOURCE = `# Ours, please keep the order.
version: "3.1"
nlu:
  - intent: greet # short ones
    examples: |
      - hello
      - good morning

  - intent: thank
    examples: |
      - thanks
`;

describe('writing into training files', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wismo-data-'));
    mkdirSync(join(folder, 'en'));
    file = join(folder, 'en', 'talk.yml');
    writeFileSync(file, SOURCE);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('adds behind the last example of the intent and changes nothing else', () => {
    expect(appendExample(folder, { lang: 'en', intent: 'greet', text: ' how \n far ' })).to.deep.equal({
      added: true,
      file,
    });
    expect(readFileSync(file, 'utf8')).to.equal(
      SOURCE.replace('      - good morning\n', '      - good morning\n      - how far\n'),
    );
  });

  it('does not add what is there, under whatever intent', () => {
    expect(appendExample(folder, { lang: 'en', intent: 'greet', text: 'Thanks!' }).added).to.equal(false);
    expect(readFileSync(file, 'utf8')).to.equal(SOURCE);
  });

  it('opens a file for an intent or a language that has none', () => {
    appendExample(folder, { lang: 'sw', intent: 'greet', text: 'habari' });
    appendExample(folder, { lang: 'sw', intent: 'thank', text: 'asante' });
    appendExample(folder, { lang: 'sw', intent: 'greet', text: 'mambo' });
    expect(readFileSync(join(folder, 'sw', 'reviewed.yml'), 'utf8')).to.equal(
      'version: "3.1"\nnlu:\n  - intent: greet\n    examples: |\n      - habari\n      - mambo\n  - intent: thank\n    examples: |\n      - asante\n',
    );
  });
});
