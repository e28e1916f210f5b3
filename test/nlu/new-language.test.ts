import { expect } from 'chai';
import { NO_LEXICON } from '../../nlu/concepts.ts';
import { createEngine } from '../../nlu/engine.ts';
import { train } from '../../nlu/train.ts';
import { parseTrainingText } from '../../nlu/training-data.ts';

/** Hausa: nlp.js has no pack for it. A folder of YAML is all the engine needs. */
const HAUSA = `nlu:
  - intent: track_order
    examples: |
      - ina kayana yake
      - ina odar da na saya
      - kayana ya kai ina
      - don Allah ina sakon da na saya
      - ina so in san inda kayana yake
  - intent: thank
    examples: |
      - na gode
      - na gode sosai
      - madalla na gode
      - Allah ya saka da alheri
      - nagode kwarai
`;
const ENGLISH = `nlu:
  - intent: track_order
    examples: |
      - where is my order
      - where is my parcel now
      - track my package
      - has my order been shipped
      - I want to know where it is
  - intent: thank
    examples: |
      - thank you
      - thanks a lot
      - many thanks
      - God bless you
      - thanks for the help
`;

describe('a language without a pack of its own', function () {
  this.timeout(20_000);

  it('is understood from a folder of examples', async () => {
    const examples = [
      ...parseTrainingText(HAUSA, 'ha/a.yml', 'ha').examples,
      ...parseTrainingText(ENGLISH, 'en/a.yml', 'en').examples,
    ];
    const { model } = await train(examples, NO_LEXICON);
    const understand = createEngine(model, 'tiny', NO_LEXICON);
    const read = async (text: string) => {
      const { lang, intent } = await understand(text, { now: 0 });
      return { lang, intent };
    };
    expect(await read('ina kayana')).to.deep.equal({ lang: 'ha', intent: 'track_order' });
    expect(await read('na gode')).to.deep.equal({ lang: 'ha', intent: 'thank' });
    expect(await read('where is my package')).to.deep.equal({ lang: 'en', intent: 'track_order' });
  });
});
