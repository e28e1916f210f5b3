import { expect } from 'chai';
import { join } from 'node:path';
import { CARRIERS } from '../../carriers/registry.ts';
import { readDialogues } from '../../bots/dialogues/file.ts';
import type { Memory } from '../../bots/engine/bot.ts';
import { EMPTY_MEMORY } from '../../bots/engine/bot.ts';
import { readCommands } from '../../bots/engine/commands.ts';
import { createSpeak } from '../../bots/engine/speak.ts';
import { NO_SCREEN } from '../../bots/engine/screened.ts';
import type { TurnResult } from '../../bots/engine/turn.ts';
import { runTurn } from '../../bots/engine/turn.ts';
import { logistics } from '../../bots/logistics/bot.ts';
import { portsFromFacts } from '../../bots/logistics/dialogue-ports.ts';
import type { Entity } from '../../nlu/understanding.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { readSentences } from '../../server/sentences.ts';

const NOW = Date.parse('2026-11-20T09:00:00Z');
const FACTS = `dialogues:
  - name: x
    facts:
      orders:
        - { number: '338000001', items: [{ name: Kettle, status: shipped }] }
        - { number: '338000002', items: [{ name: Earbuds, status: pending }] }
    steps: [{ customer: x }]`;

/** What the engine makes of a message: `intent`, or `intent confidence`, then the alternatives in the same way. */
type Heard = readonly [text: string, ...guesses: string[]];

describe('a turn, whatever the language model', () => {
  const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
  let speak: Awaited<ReturnType<typeof createSpeak>>;
  before(async () => {
    speak = await createSpeak(sentences, 'en');
  });

  const entitiesOf = (text: string): Entity[] =>
    [...text.matchAll(/\b\d{9}\b/g)].map(({ 0: value, index }) => ({
      type: 'order_number',
      value,
      start: index,
      end: index + value.length,
    }));

  async function talk(...messages: readonly Heard[]): Promise<readonly TurnResult[]> {
    const read = readDialogues(FACTS);
    const facts = read.kind === 'read' ? read.file.dialogues[0]?.facts : undefined;
    if (!facts) throw new Error('The facts are broken.');
    const shop = {
      id: 's',
      name: 'Shop',
      country: 'NG',
      zone: 'Africa/Lagos',
      currency: 'NGN',
      lang: 'en',
      carriers: [],
    };
    const bot = portsFromFacts({
      facts,
      shop,
      now: NOW,
      policy: () => null,
      phrases: () => [],
      carriers: CARRIERS,
    });
    const results: TurnResult[] = [];
    let memory: Memory = EMPTY_MEMORY;
    for (const [text, ...guesses] of messages) {
      const [first, ...alternatives] = guesses.map((guess) => {
        const [intent = '', confidence = '1'] = guess.split(' ');
        return { intent, confidence: Number(confidence) };
      });
      const result = await runTurn(
        logistics,
        {
          text,
          choice: null,
          memory,
          lang: 'en',
          shop,
          trust: 'bound',
          boundOrder: null,
          customerName: 'Ada',
          product: null,
          localeHint: null,
          now: NOW,
          signal: new AbortController().signal,
        },
        {
          screen: NO_SCREEN,
          understand: () =>
            Promise.resolve({
              lang: 'en',
              langConfidence: 1,
              intent: first?.intent ?? 'out_of_scope',
              confidence: first?.confidence ?? 1,
              alternatives,
              entities: entitiesOf(text),
              model: 'm',
            }),
          speak,
          thresholds: { answer: 0.6, clarify: 0.2 },
          languages: ['en'],
          commands: readCommands(sentences),
          guard: () => ({ verdict: 'allow', rule: null, evidence: null, clause: null }),
          bot,
        },
      );
      results.push(result);
      memory = JSON.parse(JSON.stringify(result.memory)) as Memory;
    }
    return results;
  }

  const textOf = (result: TurnResult | undefined): string =>
    (result?.replies ?? []).map(({ text }) => text).join('\n');
  const choicesOf = (result: TurnResult | undefined): readonly string[] =>
    (result?.replies ?? []).flatMap(({ choices }) => (choices ?? []).map(({ id }) => id));

  it('keeps a number given to "which of these" and asks again', async () => {
    const [, second, third] = await talk(
      ['my money, has it been cancelled', 'cancel_order 0.5', 'refund_status 0.3'],
      ['338000001', 'give_reference'],
      ['the first one', 'affirm'],
    );
    expect(choicesOf(second)).to.deep.equal(['intent:cancel_order', 'intent:refund_status']);
    expect(textOf(second)).not.to.include('Kettle');
    expect(textOf(third)).to.include('338000001 has already left');
  });

  it('asks once more when a yes answers "which of these", and takes a yes to one', async () => {
    const [, yes] = await talk(['hmm my parcel', 'delivery_eta 0.5', 'delivery_late 0.3'], ['yes', 'affirm']);
    expect(choicesOf(yes)).to.deep.equal(['intent:delivery_eta', 'intent:delivery_late']);
    const [asked, took] = await talk(['the bill', 'invoice 0.4'], ['yes', 'affirm']);
    expect(choicesOf(asked)).to.deep.equal(['intent:invoice']);
    expect(textOf(took)).to.include('order number');
  });

  it('never offers a courtesy or a bare number as what was meant', async () => {
    const [first] = await talk(['hm', 'deny 0.5', 'give_reference 0.3', 'delivery_eta 0.25']);
    expect(choicesOf(first)).not.to.include.members(['intent:deny']);
    expect(choicesOf(first)).not.to.include.members(['intent:give_reference']);
  });

  it('reads a number with little around it for the wish at hand, however unsure', async () => {
    const [, second] = await talk(
      ['cancel 338000001', 'cancel_order'],
      ['and 338000002?', 'give_reference 0.5', 'track_order 0.3'],
    );
    expect(second?.handoff?.brief).to.include('cancel order 338000002');
  });

  it('tells the plainest of wishes that are alike instead of asking which, once the order is named', async () => {
    const [told] = await talk(['338000001 since', 'delivery_late 0.4', 'track_order 0.35']);
    expect(textOf(told)).to.include('Kettle');
    expect(textOf(told)).not.to.match(/sorry/);
    const [asked] = await talk(['338000001 since', 'cancel_order 0.4', 'track_order 0.35']);
    expect(choicesOf(asked)).to.deep.equal(['intent:cancel_order', 'intent:track_order']);
  });

  it('does not take a pointing wish for mere pointing', async () => {
    const [, second] = await talk(
      ['my orders 338000001 and 338000002', 'give_reference'],
      ['cancel the second one', 'cancel_order'],
    );
    expect(second?.handoff?.brief).to.include('cancel order 338000002');
  });

  it('asks which of several orders a question is about, and takes a number for an answer', async () => {
    const [, which, answer] = await talk(
      ['my orders 338000001 and 338000002', 'give_reference'],
      ['cancel it', 'cancel_order'],
      ['2', 'out_of_scope'],
    );
    expect(choicesOf(which)).to.deep.equal(['order:338000001', 'order:338000002']);
    expect(answer?.handoff?.brief).to.include('cancel order 338000002');
  });

  it('takes "the other one" for the order that was not spoken of last', async () => {
    const [, , other] = await talk(
      ['338000001', 'give_reference'],
      ['338000002', 'give_reference'],
      ['and the other one?', 'product_question 0.5'],
    );
    expect(textOf(other)).to.include('Kettle');
  });

  it('leaves everything as it was when the customer wants a moment or writes only marks', async () => {
    const results = await talk(
      ['where is my order', 'track_order'],
      ['wait', 'deny'],
      ['???', 'out_of_scope'],
      ['338000001', 'give_reference'],
    );
    expect(textOf(results[1])).to.match(/rush|time/);
    expect(textOf(results[2])).to.include('order number');
    expect(results.map(({ handoff }) => handoff)).to.deep.equal([null, null, null, null]);
    expect(textOf(results[3])).to.include('Kettle');
  });

  it('tells the agent what was wished when the last word was only a yes', async () => {
    const [, , yes] = await talk(
      ['how long is the guarantee on this TV', 'warranty'],
      ['thanks', 'thank'],
      ['let me talk to somebody', 'talk_to_human'],
    );
    expect(yes?.handoff?.brief).to.include('after warranty');
    const [, accepted] = await talk(['how long is the guarantee on this TV', 'warranty'], ['yes', 'affirm']);
    expect(accepted?.handoff?.brief).to.include('Before: "how long is the guarantee on this TV"');
  });

  it('is sorry first when somebody shouts, and then answers', async () => {
    const [first] = await talk(['WHERE IS MY MONEY FOR 338000001!!!', 'refund_status']);
    expect(textOf(first)).to.match(/^I (hear|understand).*sorry/);
    expect(textOf(first)).to.include('nothing cancelled');
  });
});
