import { expect } from 'chai';
import { trainPlainNlpjs } from '../../bench/plain-nlpjs.ts';
import { opinionOf, trainNetwork } from '../../nlu/network.ts';
import { stemsIn } from '../../nlu/nlpjs.ts';

const LESSONS: readonly (readonly [string, string])[] = [
  ['where is my order', 'track'],
  ['track my parcel please', 'track'],
  ['has my package been shipped yet', 'track'],
  ["my order hasn't arrived", 'late'],
  ['the parcel is late again', 'late'],
  ['still waiting for my delivery since last week', 'late'],
  ['I want my money back', 'refund'],
  ['when do I get the refund for my order', 'refund'],
  ['refund the payment please', 'refund'],
  ['cancel my order', 'cancel'],
  ['I want to cancel it', 'cancel'],
  ['please stop the delivery and cancel', 'cancel'],
];
const INTENTS = ['cancel', 'late', 'refund', 'track'];

describe('the network of nlp.js', function () {
  this.timeout(20_000);
  const stemsOf = stemsIn('en');
  const network = trainNetwork(
    LESSONS.map(([text, intent]) => ({ stems: stemsOf(text), label: INTENTS.indexOf(intent) })),
    INTENTS.length,
  );
  const opinion = opinionOf(network, stemsOf);

  it('gives the scores nlp.js itself gives', async () => {
    const nlpjs = await trainPlainNlpjs(LESSONS.map(([text, intent]) => ({ text, intent })));
    for (const text of [
      'where is the parcel',
      'cancel the refund',
      'waiting for my money',
      "it hasn't been shipped",
      'please track my delivery',
    ]) {
      const scores = await nlpjs(text);
      const total = scores.reduce((sum, { score }) => sum + score, 0);
      const ours = opinion(text);
      for (const { intent, score } of scores)
        expect(ours[INTENTS.indexOf(intent)], `${text}: ${intent}`).to.be.closeTo(score / total, 0.03);
    }
  });

  it('has no opinion on words it never met', () => {
    expect([...opinion('zxcv bnmq')]).to.deep.equal([0, 0, 0, 0]);
  });

  it('parts words and takes stems by the rules of the language, and leaves words whole where it knows none', () => {
    expect(stemsIn('en')("hasn't shipped")).to.deep.equal(['has', 'not', 'ship']);
    expect(stemsIn('fr')('les commandes livrées')).to.include('command');
    expect(stemsIn('ha')('Ina kayana?')).to.deep.equal(['ina', 'kayana']);
  });
});
