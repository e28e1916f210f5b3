import { expect } from 'chai';
import { undisguise } from '../../compliance/disguise.ts';

describe('disguised words', () => {
  const CASES: readonly (readonly [string, string])[] = [
    ['c.a.r.d.i.n.g partner', 'carding partner'],
    ['r e v i e w s for sale', 'reviews for sale'],
    ['a r g e n t  f a c i l e', 'argent facile'],
    ['L-O-A-N-S', 'loans'],
    ['l0an 0ffer', 'loan offer'],
    ['fr33 d4ta', 'free data'],
    ['V0tre c0mpte est l1mité', 'votre compte est limite'],
    ['аccоunt susреnded', 'account suspended'],
    ['acc\u200bount', 'account'],
    ['ｆｒｅｅ', 'free'],
    ['FREEEEE', 'freee'.slice(0, 4)],
  ];
  for (const [written, meant] of CASES)
    it(`reads "${written}" as "${meant}"`, () => {
      expect(undisguise(written)).to.equal(meant);
    });

  for (const kept of [
    'order 338000111',
    '5000',
    '2 x 3',
    'j ai 2 colis',
    'a b',
    'is it ok?',
    'e o meu pedido',
  ])
    it(`leaves "${kept}" as it is`, () => {
      expect(undisguise(kept)).to.equal(kept);
    });

  it('reads a text twice as once', () => {
    for (const [written] of CASES) expect(undisguise(undisguise(written))).to.equal(undisguise(written));
  });
});
