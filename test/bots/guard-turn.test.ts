import { expect } from 'chai';
import { EMPTY_MEMORY } from '../../bots/engine/bot.ts';
import type { Bot } from '../../bots/engine/bot.ts';
import { NO_SCREEN } from '../../bots/engine/screened.ts';
import type { TurnInput, TurnResult } from '../../bots/engine/turn.ts';
import { runTurn } from '../../bots/engine/turn.ts';
import { openGuard } from '../../server/guard.ts';

const shop = {
  id: 's',
  name: 'S',
  country: 'NG',
  zone: 'Africa/Lagos',
  currency: 'NGN',
  lang: 'en',
  carriers: [],
};
const guard = openGuard([]);

/** A bot that says whatever it is asked to. */
const parrot: Bot<null> = {
  id: 'parrot',
  namespace: 'bot',
  suggests: 'say',
  slots: {},
  whenNothingOpen: (intent) => intent,
  flows: {
    say: {
      needs: [],
      run: ({ text }) => ({
        kind: 'say',
        drafts: [{ lines: [text] }],
        offer: { yes: 'say' },
        later: [{ afterMs: 1, data: null, promise: 'news' }],
      }),
    },
    hand: {
      needs: [],
      run: ({ text }) => ({
        kind: 'handoff',
        request: { reason: 'customer_request', note: 'wants a person.' },
        drafts: [{ lines: [text] }],
      }),
    },
  },
};

function turn(text: string, intent = 'say'): Promise<TurnResult> {
  const input: TurnInput = {
    text,
    choice: null,
    memory: EMPTY_MEMORY,
    lang: 'en',
    shop,
    trust: 'none',
    boundOrder: null,
    customerName: 'Ada',
    product: null,
    localeHint: null,
    now: 0,
    signal: new AbortController().signal,
  };
  return runTurn(parrot, input, {
    understand: async () => ({
      lang: 'en',
      langConfidence: 1,
      intent,
      confidence: 1,
      alternatives: [],
      entities: [],
      model: 'm',
    }),
    speak: () => (key) => `<${key}>`,
    thresholds: { answer: 0.5, clarify: 0.2 },
    languages: ['en'],
    commands: { startOver: [], neverMind: [], pauses: [], cannotTell: [], ordinals: [], others: [] },
    screen: NO_SCREEN,
    guard,
    bot: null,
  });
}

describe('the guard at the end of a turn', () => {
  it('changes nothing about a good answer', async () => {
    const { replies, handoff, later } = await turn('Your order 338000001 is on its way.');
    expect(replies.map(({ text }) => text)).to.deep.equal(['Your order 338000001 is on its way.']);
    expect(handoff).to.equal(null);
    expect(later).to.have.length(1);
  });

  it('says a safe sentence instead of a forbidden one and hands over with the rule and the clause', async () => {
    const { replies, handoff, memory, later, trace } = await turn('Add me on WhatsApp: 0803 123 4567');
    expect(replies).to.deep.equal([{ purpose: 'handover_notice', text: '<engine.withheld>', facts: [] }]);
    expect(handoff).to.include({ reason: 'policy', topic: 'say', priority: 'normal' });
    expect(handoff?.brief).to.include('off_platform_diversion').and.include('WISMO-G3');
    expect(memory).to.deep.include({ open: null, unsure: 0, offered: [] });
    expect(later).to.deep.equal([]);
    expect(trace.decision).to.equal('handoff');
  });

  it('keeps the reason of a hand-over that was on its way', async () => {
    const { replies, handoff } = await turn('Pay me at paypal.me/x', 'hand');
    expect(replies.map(({ text }) => text)).to.deep.equal(['<engine.withheld>']);
    expect(handoff?.reason).to.equal('customer_request');
    expect(handoff?.brief).to.include('external_payment_link');
  });
});
