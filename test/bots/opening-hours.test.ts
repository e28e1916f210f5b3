import { expect } from 'chai';
import { join } from 'node:path';
import { readDialogues } from '../../bots/dialogues/file.ts';
import type { Failure } from '../../bots/dialogues/run.ts';
import { runDialogue } from '../../bots/dialogues/run.ts';
import { readCommands } from '../../bots/engine/commands.ts';
import { createSpeak } from '../../bots/engine/speak.ts';
import type { OpeningHoursPorts } from '../../bots/opening-hours.ts';
import { openingHours } from '../../bots/opening-hours.ts';
import { createEngine } from '../../nlu/engine.ts';
import { train } from '../../nlu/train.ts';
import { parseTrainingText } from '../../nlu/training-data.ts';
import { NO_SCREEN } from '../../bots/engine/screened.ts';
import type { Understand } from '../../nlu/understanding.ts';
import { openGuard } from '../../server/guard.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { readSentences } from '../../server/sentences.ts';
import { lexicon } from '../../server/understanding.ts';

const MESSAGES = `nlu:
  - intent: opening_hours
    examples: |
      - when are you open
      - what are your opening hours
      - until what time is the shop open
      - are you open today
      - at what time do you close in Lagos
      - is the branch in Nairobi open on Sunday
      - opening times please
      - when does the store open
  - intent: greet
    examples: |
      - hello
      - hi
      - good morning
      - good day to you
      - hey there
  - intent: thank
    examples: |
      - thank you
      - thanks a lot
      - many thanks
      - God bless
      - thanks for the help
  - intent: talk_to_human
    examples: |
      - I want to talk to a person
      - give me an agent
      - let me speak to somebody
      - a human please
      - call me
`;

const ports: OpeningHoursPorts = {
  hours: (city, weekday) =>
    Promise.resolve(city !== 'Lagos' ? null : weekday === 7 ? 'closed' : { opens: 540, closes: 1110 }),
};

describe('a bot of one’s own: opening hours', function () {
  this.timeout(20_000);
  let understand: Understand;
  before(async () => {
    const { examples } = parseTrainingText(MESSAGES, 'en/opening-hours.yml', 'en');
    const { model } = await train(examples, lexicon());
    understand = createEngine(model, 'opening-hours', lexicon());
  });

  async function play(dialogue: string): Promise<readonly Failure[]> {
    const read = readDialogues(`now: 2026-11-20T10:00:00+01:00\ndialogues:\n${dialogue}`);
    if (read.kind !== 'read') throw new Error(read.problems.join());
    const [first] = read.file.dialogues;
    if (!first) throw new Error('no dialogue');
    const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
    return runDialogue(openingHours, first, Date.parse(read.file.now), {
      screen: NO_SCREEN,
      understand,
      speak: await createSpeak(sentences, 'en'),
      commands: readCommands(sentences),
      thresholds: { answer: 0.4, clarify: 0.2 },
      languages: ['en'],
      guard: openGuard([]),
      bot: ports,
    });
  }

  it('asks for the city, remembers it, and answers in local time', async () => {
    expect(
      await play(`
  - name: open
    steps:
      - { customer: when are you open, says: Which city }
      - { customer: Lagos, says: open today from 09:00 to 18:30 }
      - { customer: thank you, says: welcome }
      - { customer: until what time are you open, says: '18:30' }`),
    ).to.deep.equal([]);
  });

  it('says honestly where there is no branch, and hands over on request', async () => {
    expect(
      await play(`
  - name: elsewhere
    steps:
      - { customer: is the branch in Nairobi open today, says: no branch in Nairobi }
      - { customer: let me talk to a person, handoff: { reason: customer_request } }`),
    ).to.deep.equal([]);
  });

  it('is found wanting by a dialogue that expects something else', async () => {
    const failures = await play(`
  - name: wrong
    steps:
      - { customer: when are you open in Lagos, says: closed today, never: open, language: fr, handoff: {} }`);
    expect(failures.map(({ step, what }) => `${step} ${what}`)).to.deep.equal([
      '1 should say closed today',
      '1 must not say open',
      '1 language is en, should be fr',
      '1 should hand over',
    ]);
  });
});
