/** Away from the marketplace, in words: messengers, social pages, own sites and shops, other marketplaces. */
import type { Hit, Reading } from './lexicon.ts';
import { clauseAround } from './payment.ts';
import type { Finding, Scene } from './scene.ts';
import { after, before, found, gapBetween, has, hits, inSentence, isOpen, near } from './scene.ts';
import { isDisguised } from './fold.ts';
import { leavesMarketplace } from './signs.ts';
import { cutWords } from './unmask.ts';

const RULE = 'off_platform_diversion';

export function findDiversion(scene: Scene, reading: Reading): Finding | null {
  const at = (hit: Hit | undefined): Finding | null =>
    hit === undefined ? null : found(scene, reading.view, RULE, clauseAround(reading, hit));
  return at(
    platform(reading) ??
      hits(reading, 'outside').find((hit) => isOpen(reading, hit)) ??
      hits(reading, 'buy').find(
        (hit) =>
          near(reading, hit, 'direct', 5) &&
          after(reading, hit, 'seller', 4) &&
          isOpen(reading, hit) &&
          !namesMarketplace(reading, hit),
      ) ??
      hits(reading, 'direct_buy').find((hit) => isOpen(reading, hit) && !namesMarketplace(reading, hit)) ??
      hits(reading, 'own_site').find((hit) => isOpen(reading, hit) && !namesMarketplace(reading, hit)) ??
      ownShop(reading) ??
      otherMarketplace(reading) ??
      inPrivate(reading) ??
      hits(reading, 'elsewhere').find((hit) => before(reading, hit, 'talk', 4) && isOpen(reading, hit)) ??
      hits(reading, 'our_page').find((hit) => isOpen(reading, hit) && !namesMarketplace(reading, hit)) ??
      bySearch(reading),
  );
}

/** A strong name cut into pieces ("What⏎sApp"), or written with characters that only look right: nobody does that by chance. */
export function findDisguised(scene: Scene, reading: Reading): Finding | null {
  const cut = cutWords(reading.tokens).find(
    ({ start, end }) => !/^what'?s app$/.test(reading.view.text.slice(start, end)),
  );
  if (cut) {
    const pays = /paypal|bitcoin/.test(cut.word);
    return found(scene, reading.view, pays ? 'external_payment_link' : RULE, cut);
  }
  const masked = hits(reading, 'platform').find(
    (hit) =>
      isDisguised(scene.original, reading.view, hit.start, hit.end) ||
      /[0-9]/.test(reading.view.text.slice(hit.start, hit.end)),
  );
  return masked ? found(scene, reading.view, RULE, masked) : null;
}

function namesMarketplace(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'on_jumia', sentence) && !leavesMarketplace(reading, sentence);
}

const SHORT = 4;
/** Prepositions and signs that make a name a place to go: "on Telegram", "insta: name". */
const ON =
  /^(?:on|via|by|through|sur|par|no|na|pelo|pela|do|en|em|to|onto|over|my|our|notre|nosso|nossa|le|l'|au|the|moi|my|meu|minha|mon|ma|page|pagina|profile|profil|bio|groupe|group|grupo|canal|channel)$/;

function platform(reading: Reading): Hit | undefined {
  const strong = hits(reading, 'platform').find((hit) => isInvited(reading, hit) && isOpen(reading, hit));
  if (strong) return strong;
  return hits(reading, 'platform_weak').find((hit) => {
    if (!isOpen(reading, hit)) return false;
    if (isIntroduced(reading, hit) || isVerb(reading, hit)) return true;
    const prior = reading.tokens[hit.token - 1];
    const placed = prior !== undefined && prior.sentence === hit.sentence && ON.test(prior.text);
    return placed && !has(reading, 'product', hit.sentence) && isAsked(reading, hit);
  });
}

/** "Snap me", "google our name and order there". */
function isVerb({ tokens }: Reading, hit: Hit): boolean {
  const next = tokens[hit.last + 1];
  const prior = tokens[hit.token - 1];
  if (next && next.sentence === hit.sentence && /^(?:me|us|moi)$/.test(next.text)) return true;
  return hit.word === 'google' && (!prior || prior.sentence !== hit.sentence) && next !== undefined;
}

/** "ig: name", "Snap - name". */
function isIntroduced({ view, tokens }: Reading, hit: Hit): boolean {
  const next = tokens[hit.last + 1];
  if (!next || next.sentence !== hit.sentence) return false;
  return (
    /^ ?[:=>]/.test(view.text.slice(hit.end, hit.end + 4)) ||
    /^\s[a-z0-9.]*[a-z0-9]_/.test(view.text.slice(hit.end))
  );
}

function isInvited(reading: Reading, hit: Hit): boolean {
  if (isIntroduced(reading, hit) || near(reading, hit, 'number', 2)) return true;
  const sentenceLength = reading.tokens.filter(({ sentence }) => sentence === hit.sentence).length;
  const product = near(reading, hit, 'product', 5);
  if (sentenceLength <= SHORT) return product === undefined;
  if (product)
    return (
      near(reading, hit, 'contact', 6) !== undefined &&
      has(reading, 'self', hit.sentence) &&
      gapBetweenProduct(hit, product)
    );
  return isAsked(reading, hit);
}

/** "Our page has more on Facebook" is no product talk; "supports WhatsApp" is. */
function gapBetweenProduct(hit: Hit, product: Hit): boolean {
  return Math.abs(gapBetween(product, hit)) > 2;
}

function isAsked(reading: Reading, hit: Hit): boolean {
  return ['self', 'contact', 'please', 'we_trade'].some((concept) =>
    inSentence(reading, concept, hit.sentence).some((one) => one.token !== hit.token),
  );
}

/** "The price on Amazon is not ours": the sentence says no, before or after. */
function isDenied(reading: Reading, { sentence }: Hit): boolean {
  return (
    has(reading, 'negation', sentence) &&
    !has(reading, 'contrast', sentence) &&
    !has(reading, 'encourage', sentence)
  );
}

/** A place of one's own to come to, or a cheaper one; the shop's page on the marketplace is neither. */
function ownShop(reading: Reading): Hit | undefined {
  return (
    hits(reading, 'shop_place').find(
      (hit) =>
        (near(reading, hit, 'visit', 6) ?? (has(reading, 'cheaper', hit.sentence) || undefined)) &&
        isOpen(reading, hit) &&
        !(namesMarketplace(reading, hit) && !has(reading, 'outside', hit.sentence)),
    ) ??
    hits(reading, 'place').find(
      (hit) =>
        has(reading, 'cheaper', hit.sentence) &&
        near(reading, hit, 'visit', 4) &&
        isOpen(reading, hit) &&
        !namesMarketplace(reading, hit),
    )
  );
}

function otherMarketplace(reading: Reading): Hit | undefined {
  return hits(reading, 'marketplace').find((hit) => {
    const prior = reading.tokens[hit.token - 1];
    const placed =
      prior !== undefined && (ON.test(prior.text) || /^(?:plutot|from|at|aussi|also)$/.test(prior.text));
    const owned = before(reading, hit, 'self', 3) !== undefined;
    if ((!placed && !owned) || isDenied(reading, hit)) return false;
    const asked =
      has(reading, 'self', hit.sentence) ||
      before(reading, hit, 'contact', 6) !== undefined ||
      before(reading, hit, 'we_have', 6) !== undefined ||
      has(reading, 'cheaper', hit.sentence);
    const others = ['you_saw', 'other_seller'].some((concept) => has(reading, concept, hit.sentence));
    return asked && !others && isOpen(reading, hit);
  });
}

function inPrivate(reading: Reading): Hit | undefined {
  return hits(reading, 'private').find(
    (hit) =>
      isOpen(reading, hit) &&
      (['contact', 'self', 'send'] as const).some((concept) =>
        inSentence(reading, concept, hit.sentence).some(
          (one) => one.last < hit.token || one.token > hit.last || concept !== 'contact',
        ),
      ),
  );
}

/** "Search Lagos Gadgets on Google". */
function bySearch(reading: Reading): Hit | undefined {
  return hits(reading, 'search').find((hit) => {
    const place = after(reading, hit, 'platform_weak', 8) ?? after(reading, hit, 'platform', 8);
    return place !== undefined && isOpen(reading, hit);
  });
}
