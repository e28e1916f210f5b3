import { expect } from 'chai';
import type { FlowContext, Memory, SlotResult, Trust } from '../../bots/engine/bot.ts';
import { EMPTY_MEMORY } from '../../bots/engine/bot.ts';
import { followUp } from '../../bots/logistics/follow-up.ts';
import { access } from '../../bots/logistics/order-slots.ts';
import type { LogisticsPorts, OrderLookup } from '../../bots/logistics/ports.ts';
import type { Order } from '../../domain/order.ts';

const NUMBER = '338000001';
const order: Order = {
  id: 'o',
  number: NUMBER,
  shop: 's',
  country: 'NG',
  prepaid: null,
  total: null,
  items: [],
  check: { firstName: 'Ada', lastName: 'Okafor', city: 'Lagos' },
  placedAt: null,
  updatedAt: null,
  readAt: 0,
};
const FOUND: OrderLookup = { kind: 'found', order };
const UNAVAILABLE: OrderLookup = { kind: 'unavailable' };
const NOT_FOUND: OrderLookup = { kind: 'not_found' };
const ASKED: Memory['open'] = {
  kind: 'slot',
  intent: 'track_order',
  slot: 'access',
  prompt: { key: 'ask.access' },
  tries: 0,
};

type Given = {
  readonly text?: string;
  readonly lookup: OrderLookup;
  readonly asked?: boolean;
  readonly trust?: Trust;
  readonly slots?: object;
};

function context({ text = 'where is it', lookup, asked = false, trust = 'none', slots = {} }: Given) {
  const memory = { ...EMPTY_MEMORY, open: asked ? ASKED : null, slots: { orderNumber: NUMBER, ...slots } };
  const ports = { findOrder: () => Promise.resolve(lookup) };
  return {
    text,
    memory,
    trust,
    boundOrder: null,
    intent: 'track_order',
    say: (key: string) => key,
    signal: new AbortController().signal,
    ports,
  } as unknown as FlowContext<LogisticsPorts>;
}

const fill = (given: Given): Promise<SlotResult> => access.fill(context(given));
/** What the customer hears. */
const heard = async (given: Given): Promise<unknown> => {
  const result = await fill(given);
  if (result.kind === 'filled') return 'opened';
  if (result.kind === 'handoff') return 'handed over';
  const drafts = (result.drafts ?? []).flatMap(({ lines }) => lines);
  return [...drafts, ...(result.kind === 'ask' ? [result.prompt.key] : [])];
};

describe('who may hear about an order', () => {
  it('is whoever names what is written on it', async () => {
    expect(await heard({ text: 'okafor', lookup: FOUND, asked: true })).to.equal('opened');
    expect(await heard({ text: 'I live in LAGOS', lookup: FOUND, asked: true })).to.equal('opened');
    expect(await heard({ text: 'Smith', lookup: FOUND, asked: true })).to.deep.equal([
      'access.no_match',
      'ask.access',
    ]);
  });

  it('hears the same at first whether the order exists, does not, or cannot be looked up', async () => {
    const all = await Promise.all([FOUND, NOT_FOUND, UNAVAILABLE].map((lookup) => heard({ lookup })));
    expect(all).to.deep.equal([['ask.access'], ['ask.access'], ['ask.access']]);
  });

  it('is told honestly that nobody can be checked now, without a promise and without counting it as a failure', async () => {
    const result = await fill({
      text: 'Okafor',
      lookup: UNAVAILABLE,
      asked: true,
      slots: { failedChecks: 2 },
    });
    expect(result).to.deep.equal({
      kind: 'ask',
      slot: 'access',
      prompt: { key: 'access.cannot_check' },
      slots: { askedChecks: 1 },
    });
  });

  it('is passed to a person after three wrong answers, or after being asked six times', async () => {
    expect(await heard({ text: 'x', lookup: NOT_FOUND, asked: true, slots: { failedChecks: 2 } })).to.equal(
      'handed over',
    );
    for (const lookup of [FOUND, NOT_FOUND, UNAVAILABLE]) {
      expect(await heard({ lookup, slots: { askedChecks: 5 } })).to.deep.equal(['ask.access']);
      expect(await heard({ lookup, slots: { askedChecks: 6 } })).to.equal('handed over');
      expect(await heard({ lookup, asked: true, slots: { askedChecks: 6 } })).to.equal('handed over');
    }
  });

  it('gets news later only when it was vouched for', async () => {
    const data = { intent: 'track_order', orderNumber: NUMBER };
    const told = async (given: Given): Promise<string> => (await followUp(data, context(given), 0)).kind;
    expect(await told({ lookup: FOUND })).to.equal('done');
    expect(await told({ lookup: UNAVAILABLE })).to.equal('done');
    expect(await told({ lookup: UNAVAILABLE, slots: { verified: [NUMBER] } })).to.equal('again');
    expect(await told({ lookup: UNAVAILABLE, trust: 'bound' })).to.equal('again');
  });
});
