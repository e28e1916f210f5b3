/** Money past the marketplace: accounts, tills, wallets, crypto addresses, and asking for it in words. */
import type { Hit, Reading } from './lexicon.ts';
import { certifiedBefore, countDigits, firstAfter, lastBefore } from './numbers.ts';
import type { Finding, Scene } from './scene.ts';
import { after, before, found, has, hits, inSentence, isOpen, near } from './scene.ts';

const RULE = 'external_payment_link';

/** Addresses keep their capitals, so they are looked for in the original. */
const CRYPTO =
  /(?<![A-Za-z0-9])(?:bc1[a-z0-9]{20,60}|(?=[^\s]{0,34}[A-Za-z])[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33}|0x[0-9a-fA-F]{40}|(?:ltc1|addr1)[a-z0-9]{20,90})(?![A-Za-z0-9])/;
const CASHTAG = /(?<![a-z0-9$])\$[a-z][a-z0-9_]{2,20}/;
/** A bank's code with an amount and an account: *737*1*5000*0123456789#. */
const USSD_TRANSFER = /\*\d{3}(?:\*\d{1,7})*\*\d{8,12}(?:\*\d+)*#?/;
const IBAN = /(?<![a-z0-9])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,4})?(?![a-z0-9])/g;
const LETTERS = 26;

/** ISO 13616: letters are 10 to 35, the first four signs go to the end, the rest of the division by 97 is 1. */
function isIban(text: string): boolean {
  const clean = text.replace(/[ -]/g, '');
  if (clean.length < 15 || clean.length > 34) return false;
  let rest = 0;
  for (const sign of clean.slice(4) + clean.slice(0, 4)) {
    const code = sign.charCodeAt(0) - 97;
    const value = code >= 0 && code < LETTERS ? code + 10 : Number(sign);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

export function findPaymentNumber(scene: Scene, reading: Reading, mask: string): Finding | null {
  const { view } = reading;
  const tag = CASHTAG.exec(view.text);
  if (tag) return found(scene, view, RULE, { start: tag.index, end: tag.index + tag[0].length });
  const dialed = USSD_TRANSFER.exec(view.text);
  if (dialed) return found(scene, view, RULE, { start: dialed.index, end: dialed.index + dialed[0].length });
  if (countDigits(view.text, 5) < 5) return null;
  for (const match of view.text.matchAll(IBAN)) {
    const digits = countDigits(match[0], 40);
    const cue = lastBefore(reading, 'account_cue', match.index, 24);
    if (isIban(match[0]) || (cue && digits >= 12))
      return found(scene, view, RULE, { start: match.index, end: match.index + match[0].length });
  }
  return findAccount(scene, reading, mask);
}

export function findCrypto({ original }: Scene): Finding | null {
  if (original.length < 26) return null;
  const address = CRYPTO.exec(original);
  return address ? { rule: RULE, evidence: address[0] } : null;
}

const NUMBER = /(?<![\d#])\d(?:[\s.\-/]{0,2}\d)*(?![\d#])/g;
/** Words that are accounts of any kind: a short figure beside them may be an amount. */
const GENERAL = /^(?:(?:this|the|a|ce|esta) )?(?:account|compte|conta)$/;
/** How far a number may stand from "till", "account number", "Orange Money". */
const REACH = 32;
const AFTER_REACH = 22;

function findAccount(scene: Scene, reading: Reading, mask: string): Finding | null {
  const cues = [...hits(reading, 'account_cue'), ...hits(reading, 'wallet')];
  if (cues.length === 0) return null;
  for (const match of mask.matchAll(NUMBER)) {
    const span = { start: match.index, end: match.index + match[0].length };
    const digits = countDigits(match[0], 40);
    if (digits < 5) continue;
    const account = lastBefore(reading, 'account_cue', span.start, REACH);
    const wallet =
      lastBefore(reading, 'wallet', span.start, REACH) ??
      firstAfter(reading, 'wallet', span.end, AFTER_REACH);
    const cue =
      account && (digits >= 8 || !GENERAL.test(account.word)) ? account : digits >= 8 ? wallet : undefined;
    if (!cue || isSomethingElse(scene, reading, cue, { ...span, digits })) continue;
    return found(scene, reading.view, RULE, {
      start: Math.min(cue.start, span.start),
      end: Math.max(cue.end, span.end),
    });
  }
  return null;
}

function isSomethingElse(
  { lists }: Scene,
  reading: Reading,
  cue: Hit,
  { start, digits }: { start: number; end: number; digits: number },
): boolean {
  const order = lastBefore(reading, 'order_word', start, 18);
  if (order && digits <= 9) return true;
  if (lastBefore(reading, 'ending', start, 14)) return true;
  const announced =
    lastBefore(reading, 'tracking_number', start, 12) ?? certifiedBefore(lists, reading, start, 14);
  if (announced && announced.start > cue.end) return true;
  const code = lastBefore(reading, 'code_word', start, 14);
  if (code && code.start >= cue.end) return true;
  // "In your account: 338000001" speaks of the customer's page, not of money.
  return digits <= 9 && before(reading, cue, 'your', 2) !== undefined;
}

/** Asking in words: nothing to dial or click, and still a way past the marketplace. */
export function findPaymentRequest(scene: Scene, reading: Reading): Finding | null {
  const ask = (hit: Hit | undefined): Finding | null =>
    hit === undefined ? null : found(scene, reading.view, RULE, clauseAround(reading, hit));
  return ask(
    hits(reading, 'pay_me').find(
      (hit) => reading.tokens[hit.last + 1]?.text !== 'back' && isOpen(reading, hit),
    ) ??
      toOwnAccount(reading) ??
      sendMoney(reading) ??
      inAdvance(reading) ??
      hits(reading, 'pay').find(
        (hit) =>
          near(reading, hit, 'direct', 5) &&
          near(reading, hit, 'seller', 6) &&
          isOpen(reading, hit) &&
          !has(reading, 'refund', hit.sentence),
      ) ??
      hits(reading, 'money_strict').find(
        (hit) =>
          near(reading, hit, 'advance', 3) && isOpen(reading, hit) && !mentionsMarketplace(reading, hit),
      ) ??
      hits(reading, 'account_offer').find((hit) => isOpen(reading, hit) && paysSomewhere(reading, hit)) ??
      byService(reading) ??
      hits(reading, 'scan').find(
        (hit) =>
          after(reading, hit, 'qr', 4) &&
          (has(reading, 'pay', hit.sentence) || has(reading, 'pay_me', hit.sentence)) &&
          isOpen(reading, hit) &&
          !mentionsMarketplace(reading, hit),
      ) ??
      walletMe(reading) ??
      hits(reading, 'outside').find((hit) => has(reading, 'pay', hit.sentence) && isOpen(reading, hit)),
  );
}

function paysSomewhere(reading: Reading, { sentence }: Hit): boolean {
  return ['pay', 'send', 'money'].some((concept) => has(reading, concept, sentence));
}

/** "Send it to my account", "into our Zenith account", "sur le compte du vendeur": not "to your account". */
function toOwnAccount(reading: Reading): Hit | undefined {
  return [...hits(reading, 'pay'), ...hits(reading, 'send')].find((hit) => {
    const moves = hit.concept === 'pay' || near(reading, hit, 'money', 6);
    if (!moves || !isOpen(reading, hit)) return false;
    const account = inSentence(reading, 'account', hit.sentence).find(
      (one) =>
        one.token > hit.last &&
        one.token - hit.last <= 12 &&
        (before(reading, one, 'owner', 3) ?? after(reading, one, 'owner', 2)) &&
        !before(reading, one, 'your', 2),
    );
    return account !== undefined && !mentionsRefund(reading, hit);
  });
}

/** Paying cash is a way to pay an order; sending or transferring it is not. */
const MOVES = /^(?:send|envo|envi|mand|transf|depo|wire|remit|vir|vers)/;

/** "Send me the money", "envoyez l'argent": unless it goes back to the customer. */
function sendMoney(reading: Reading): Hit | undefined {
  return [...hits(reading, 'send'), ...hits(reading, 'pay')].find(
    (hit) =>
      ((MOVES.test(hit.word) && after(reading, hit, 'money_strict', 3)) ||
        (hit.concept === 'send' && after(reading, hit, 'self', 1) && after(reading, hit, 'money', 4))) &&
      isOpen(reading, hit) &&
      !has(reading, 'refund', hit.sentence) &&
      !inSentence(reading, 'your', hit.sentence).some(({ token }) => token > hit.last),
  );
}

function inAdvance(reading: Reading): Hit | undefined {
  return hits(reading, 'pay').find(
    (hit) =>
      (near(reading, hit, 'advance', 8) ?? after(reading, hit, 'first', 4)) &&
      isOpen(reading, hit) &&
      !mentionsMarketplace(reading, hit) &&
      !has(reading, 'refund', hit.sentence),
  );
}

/** Money transfers, crypto and gift cards have no honest place in an order. */
function byService(reading: Reading): Hit | undefined {
  const asks = (hit: Hit): boolean =>
    ['pay', 'send', 'accept', 'self', 'money'].some((concept) => has(reading, concept, hit.sentence));
  const open = (hit: Hit): boolean =>
    isOpen(reading, hit) && !mentionsMarketplace(reading, hit) && !has(reading, 'sold_thing', hit.sentence);
  return (
    hits(reading, 'transfer_service').find(open) ??
    hits(reading, 'crypto').find((hit) => open(hit) && asks(hit)) ??
    hits(reading, 'gift_card').find(
      (hit) =>
        isOpen(reading, hit) &&
        !isMarketplaces(reading, hit) &&
        (near(reading, hit, 'send', 8) ??
          near(reading, hit, 'pay', 8) ??
          (has(reading, 'self', hit.sentence) ? near(reading, hit, 'buy', 4) : undefined)) !== undefined,
    )
  );
}

/** "M-Pesa me", "just momo us". */
function walletMe(reading: Reading): Hit | undefined {
  return hits(reading, 'wallet').find((hit) => {
    const self = after(reading, hit, 'self', 0);
    return self !== undefined && /^(?:me|us|moi|nous)$/.test(self.word) && isOpen(reading, hit);
  });
}

function isMarketplaces(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'jumia', sentence);
}

function mentionsMarketplace(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'official_pay', sentence);
}

function mentionsRefund(reading: Reading, { sentence }: Hit): boolean {
  return has(reading, 'refund', sentence) && has(reading, 'your', sentence);
}

/** Evidence a person understands: the clause the words stand in. */
export function clauseAround({ tokens }: Reading, hit: Hit): { start: number; end: number } {
  const clause = tokens[hit.token]?.clause;
  const own = tokens.filter((token) => token.clause === clause);
  return { start: own[0]?.start ?? hit.start, end: Math.max(own.at(-1)?.end ?? hit.end, hit.end) };
}
