import { expect } from 'chai';
import { EMPTY_MEMORY } from '../../../bots/engine/bot.ts';
import type { Bot, Memory } from '../../../bots/engine/bot.ts';
import { NO_SCREEN } from '../../../bots/engine/screened.ts';
import type { ScreenPort } from '../../../bots/engine/screened.ts';
import type { Understanding } from '../../../nlu/understanding.ts';
import type { TurnInput, TurnPorts, TurnResult } from '../../../bots/engine/turn.ts';
import { runTurn } from '../../../bots/engine/turn.ts';
import type { AbuseLabel, ScreenAction } from '../../../compliance/screen.ts';
import { DEFAULT_ACTIONS } from '../../../compliance/screen.ts';

const NOW = Date.UTC(2026, 0, 5, 10);

/** A bot that says what it was asked. */
const bot: Bot<null> = {
  id: 'parrot',
  namespace: 'parrot',
  flows: { greet: { needs: [], run: () => ({ kind: 'say', drafts: [{ lines: ['hello'] }] }) } },
  slots: {},
  suggests: 'greet',
  whenNothingOpen: (intent) => intent,
};

function screening(label: AbuseLabel, action: ScreenAction, answersPerMinute = 2): ScreenPort {
  return {
    screen: (text) => (text.includes('bad') ? { label, confidence: 0.9 } : { label: 'ok', confidence: 0.99 }),
    policy: { actions: { ...DEFAULT_ACTIONS, [label]: action }, answersPerMinute },
  };
}

const GREETING: Understanding = {
  lang: 'en',
  langConfidence: 1,
  intent: 'greet',
  confidence: 0.99,
  alternatives: [],
  entities: [],
  model: 'fake',
};

async function turn(
  text: string,
  screen: ScreenPort,
  change: Partial<TurnInput> = {},
  changedPorts: Partial<TurnPorts<null>> = {},
): Promise<TurnResult> {
  const ports: TurnPorts<null> = {
    screen,
    understand: () => Promise.resolve(GREETING),
    speak: () => (key) => key,
    thresholds: { answer: 0.5, clarify: 0.2 },
    languages: ['en'],
    commands: {
      startOver: [],
      neverMind: [],
      pauses: [],
      cannotTell: [],
      ordinals: [[], [], []],
      others: [],
    },
    guard: () => ({ verdict: 'allow', rule: null, evidence: null, clause: null }),
    bot: null,
    ...changedPorts,
  };
  const shop = {
    id: 's',
    name: 'Shop',
    country: 'NG',
    zone: 'Africa/Lagos',
    currency: 'NGN',
    lang: 'en',
    carriers: [],
  };
  return runTurn(
    bot,
    {
      text,
      choice: null,
      memory: EMPTY_MEMORY,
      lang: 'en',
      shop,
      trust: 'none',
      boundOrder: null,
      customerName: null,
      product: null,
      localeHint: null,
      now: NOW,
      signal: new AbortController().signal,
      ...change,
    },
    ports,
  );
}

const texts = ({ replies }: TurnResult): string[] => replies.map(({ text }) => text);

describe('the screen in a turn', () => {
  it('lets an innocent message through and keeps the verdict in the trace', async () => {
    const result = await turn('good', screening('spam', 'stop_automation'));
    expect(texts(result)).to.deep.equal(['hello']);
    expect(result.trace.screen).to.deep.equal({ label: 'ok', confidence: 0.99, course: 'pass' });
  });

  it('comes before the message is read, and the guard after the answer is written', async () => {
    const steps: string[] = [];
    const { screen, policy } = screening('spam', 'answer_neutrally');
    const noted: ScreenPort = {
      screen: (...asked) => {
        steps.push('screen');
        return screen(...asked);
      },
      policy,
    };
    await turn(
      'good',
      noted,
      {},
      {
        understand: () => {
          steps.push('read');
          return Promise.resolve(GREETING);
        },
        guard: (text) => {
          steps.push(`guard: ${text}`);
          return { verdict: 'allow', rule: null, evidence: null, clause: null };
        },
      },
    );
    expect(steps).to.deep.equal(['screen', 'read', 'guard: hello']);
  });

  it('has its own answer checked by the guard, and is still counted when that is withheld', async () => {
    const result = await turn(
      'bad',
      screening('spam', 'answer_neutrally'),
      {},
      {
        guard: (text) =>
          text === 'engine.cannot_help_with_that'
            ? {
                verdict: 'block',
                rule: 'uncertified_tracking_number',
                evidence: text,
                clause: { id: 'c', text: 'why', source: '', checkedOn: '' },
              }
            : { verdict: 'allow', rule: null, evidence: null, clause: null },
      },
    );
    expect(texts(result)).to.deep.equal(['engine.withheld']);
    expect(result.handoff?.reason).to.equal('policy');
    expect(result.trace.screen.label).to.equal('spam');
    expect(result.memory.answered).to.deep.equal([NOW]);
  });

  it('answers neutrally, and the question that was open stays open', async () => {
    const open = { kind: 'clarify', between: ['greet', 'thank'], tries: 0 } as const;
    const memory: Memory = { ...EMPTY_MEMORY, open, topic: 'greet', offered: ['a'] };
    const result = await turn('bad', screening('spam', 'answer_neutrally'), { memory });
    expect(texts(result)).to.deep.equal(['engine.cannot_help_with_that']);
    expect(result.memory.open).to.deep.equal(open);
    expect(result.memory.topic).to.equal('greet');
    expect(result.memory.offered).to.deep.equal(['a']);
    expect(result.trace.screen).to.deep.equal({ label: 'spam', confidence: 0.9, course: 'answer_neutrally' });
  });

  it('stops automation: a person gets it, with reason and brief', async () => {
    const result = await turn('bad', screening('harassment', 'stop_automation'));
    expect(result.handoff?.reason).to.equal('policy');
    expect(result.handoff?.brief).to.contain('harassment (90 % sure)');
    expect(result.trace.decision).to.equal('handoff');
    expect(texts(result)).to.deep.equal(['engine.handing_over']);
  });

  for (const action of ['alert', 'ignore'] as const)
    it(`still answers where the action is ${action}`, async () => {
      const result = await turn('bad', screening('phishing', action));
      expect(texts(result)).to.deep.equal(['hello']);
      expect(result.trace.screen.course).to.equal(action === 'alert' ? 'alert' : 'pass');
    });

  it('falls silent after the answers of a minute, and speaks again after it', async () => {
    const screen = screening('spam', 'rate_limit', 2);
    let memory: Memory = EMPTY_MEMORY;
    const said: number[] = [];
    for (const seconds of [0, 5, 10, 15, 61]) {
      const result = await turn(`bad ${seconds}`, screen, { memory, now: NOW + seconds * 1_000 });
      memory = JSON.parse(JSON.stringify(result.memory)) as Memory;
      said.push(result.replies.length);
    }
    expect(said).to.deep.equal([1, 1, 0, 0, 1]);
  });

  it('takes a burst of the same line for a flood of spam', async () => {
    const flood = Array.from({ length: 12 }, () => 'hello').join('\n');
    const result = await turn(flood, screening('spam', 'answer_neutrally'));
    expect(result.trace.screen.label).to.equal('spam');
    expect(texts(result)).to.deep.equal(['engine.cannot_help_with_that']);
  });

  it('does not read the words of a button, which are our own', async () => {
    const result = await turn('bad', screening('spam', 'stop_automation'), { choice: 'bad' });
    expect(result.trace.screen.label).to.equal('ok');
  });

  it('is off for a bot without one, floods included', async () => {
    const flood = Array.from({ length: 60 }, () => 'bad').join('\n');
    expect(texts(await turn(flood, NO_SCREEN))).to.deep.equal(['hello']);
  });
});
