import { expect } from 'chai';
import type { Outcome, Signs } from '../../nlu/calibrate.ts';
import { calibrationError, confidenceOf, fitCalibration } from '../../nlu/calibrate.ts';
import { randomFrom } from '../../nlu/linear.ts';

const signs = (some: Partial<Signs>): Signs => ({
  top: 0.5,
  outOfScope: 0,
  plain: 0.5,
  entropy: 1,
  known: 1,
  closeness: 0.5,
  words: 5,
  ...some,
});

/** Messages of which `plain` says too much: stated 0.9 is right 7 times in 10. */
function heldOut(): Outcome[] {
  const random = randomFrom(3);
  return Array.from({ length: 2_000 }, () => {
    const plain = 0.05 + 0.9 * random();
    return {
      signs: signs({ plain, closeness: 0.4 + 0.2 * random() }),
      right: random() < 0.1 + 0.66 * plain,
      answerable: true,
    };
  });
}

describe('confidence', () => {
  it('states how often such messages were read right', () => {
    const rows = heldOut();
    const calibration = fitCalibration(rows, []);
    const stated = rows.map((row) => ({
      confidence: confidenceOf(calibration, row.signs),
      right: row.right,
    }));
    expect(calibrationError(stated)).to.be.below(0.03);
    expect(confidenceOf(calibration, signs({ plain: 0.9 }))).to.be.within(0.62, 0.78);
  });

  it('learns from intents left out of training what an unknown message looks like, and stays honest', () => {
    const rows = heldOut();
    const strangers = rows.slice(0, 500).map((row): Outcome => ({
      signs: { ...row.signs, closeness: 0.3 },
      right: false,
      answerable: false,
    }));
    const sure = signs({ plain: 0.8 });
    const strange = { ...sure, closeness: 0.3 };
    const naive = fitCalibration(rows, []);
    const warned = fitCalibration(rows, strangers);
    expect(confidenceOf(naive, strange)).to.be.above(0.5);
    expect(confidenceOf(warned, strange)).to.be.below(0.3);
    const stated = rows.map((row) => ({ confidence: confidenceOf(warned, row.signs), right: row.right }));
    expect(calibrationError(stated)).to.be.below(0.05);
  });
});
