import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDialogues } from '../bots/dialogues/file.ts';
import { spokenIntents } from '../bots/engine/bot.ts';
import { logistics } from '../bots/logistics/bot.ts';
import { playDialogues } from '../server/dialogues.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';
import { openJudge } from '../server/guard-training.ts';
import { openEngine } from '../server/understanding.ts';
import { configSchema } from '../server/config/schema.ts';
import { MODEL_HOME, trainOnce } from './running.ts';

const FOLDER = join(PACKAGE_ROOT, 'test', 'dialogues');
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
const { answer, clarify } = configSchema.shape.thresholds.parse({});

describe('dialogues', function () {
  this.timeout(120_000);
  before(trainOnce);

  for (const file of files) {
    it(`go as written: ${file}`, async () => {
      const { understand } = await openEngine(MODEL_HOME);
      const languages = ['en', 'fr', 'pt'];
      const judge = openJudge({ dataDir: MODEL_HOME, languages }, () => 0);
      const deps = { understand, thresholds: { answer, clarify }, languages, judge };
      const wrong: string[] = [];
      let played = 0;
      for await (const { name, failures } of playDialogues([join(FOLDER, file)], deps)) {
        played += 1;
        wrong.push(...failures.map(({ step, what, said }) => `${name}, step ${step}: ${what}\n${said}`));
      }
      expect(played).to.be.above(0);
      expect(wrong.join('\n\n')).to.equal('');
    });
  }
});

describe('the dialogues', () => {
  const dialogues = files.flatMap((file) => {
    const result = readDialogues(readFileSync(join(FOLDER, file), 'utf8'));
    return result.kind === 'read' ? result.file.dialogues : [];
  });

  it('are sixty and more', () => {
    expect(dialogues.length).to.be.at.least(60);
  });

  for (const lang of ['en', 'fr', 'pt'])
    it(`play every wish a customer may write in ${lang}`, () => {
      const played = new Set(
        dialogues
          .flatMap(({ shop, steps }) => steps.map((step) => ({ lang: shop.lang, ...step })))
          .filter((step) => (step.language ?? step.lang) === lang)
          .map(({ intent }) => intent),
      );
      expect(spokenIntents(logistics).filter((intent) => !played.has(intent))).to.deep.equal([]);
    });
});

describe('dialogue files', () => {
  const broken = (text: string): readonly string[] => {
    const result = readDialogues(text);
    return result.kind === 'broken' ? result.problems : [];
  };

  it('say with a path what is wrong', () => {
    expect(broken('dialogues: [{ name: a, steps: [{ says: x }] }]').join()).to.include(
      'a step has either "customer" or "press"',
    );
    expect(broken('dialogues: [{ name: a, steps: [{ customer: hi, say: x }] }]').join()).to.include(
      'dialogues.0.steps.0',
    );
    expect(broken('dialogues: [').join()).to.match(/^line \d+:/);
  });

  it('hold a burst of messages as one turn and read order numbers as text', () => {
    const result = readDialogues(
      'dialogues: [{ name: a, steps: [{ customer: [hi, where], says: 338000001 }] }]',
    );
    if (result.kind !== 'read') return expect.fail(result.problems.join());
    const [step] = result.file.dialogues[0]?.steps ?? [];
    expect(step).to.deep.include({ customer: 'hi\nwhere', says: ['338000001'] });
  });
});
