/** Links, e-mail addresses and handles, however bare: whatever is not official leads away from the marketplace. */
import type { View } from './fold.ts';
import { piece } from './fold.ts';
import type { Lists } from './lists.ts';
import type { Finding, Scene } from './scene.ts';
import { found, has, hits } from './scene.ts';
import type { Reading } from './lexicon.ts';

const LINK =
  /(?:(https?|hxxps?|ftp):\/\/|(?<![a-z0-9@.-])(?:www\.)?)((?:[a-z0-9_~-]+\.)+[a-z][a-z0-9-]{1,24})(?![a-z0-9@])((?::\d{2,5})?(?:[/?#][^\s]*)?)/g;
/** `https://known.com@other.com`: everything before the @ is decoration. */
const USER_INFO = /https?:\/\/[^\s/?#]*@([a-z0-9.-]+)/g;
const BARE_ADDRESS = /https?:\/\/(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]|xn--)[^\s]*/g;
const EMAIL = /[a-z0-9._%+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,24})/g;
/** Payment addresses such as `name@instapay`: like an e-mail, without a dot after the @. */
const PAY_ADDRESS = /[a-z0-9][a-z0-9._-]*@[a-z][a-z0-9]{2,20}(?![a-z0-9@-]|\.[a-z0-9])/g;
const HANDLE = /(?<![a-z0-9._%+-])@\s?([a-z_][a-z0-9_.]{2,30})/g;
/** "@home" and the like are English, not accounts; the marketplace may name itself. */
const NOT_HANDLES = new Set(['home', 'work', 'office', 'school', 'jumia', 'all', 'the', 'your']);
/** "www shop com": said without its dots. */
const SPACED = /(?<![a-z0-9.])www[ .]{1,3}[a-z0-9-]{2,}(?: [a-z]{2,6})?/g;
const NESTED = /(?:=|\/\/|%2f%2f|@)(?:https?(?:%3a|:)(?:%2f|\/){2})?((?:[a-z0-9-]+\.)+[a-z]{2,24})/g;
const PAY_WORD = /pay|paie|pague|pagar|checkout|invoice|momo|customs|douane|alfandega|cash|wallet/;

export function findLink(scene: Scene, reading: Reading): Finding | null {
  const { text } = reading.view;
  if (!text.includes('.') && !text.includes('@') && !text.includes('www')) return null;
  return (
    findUserInfo(scene, reading) ??
    findEmail(scene, reading) ??
    findHost(scene, reading) ??
    findHandle(scene, reading)
  );
}

function findUserInfo(scene: Scene, reading: Reading): Finding | null {
  const { view } = reading;
  if (!view.text.includes('://')) return null;
  for (const pattern of [USER_INFO, BARE_ADDRESS])
    for (const match of view.text.matchAll(pattern))
      return found(scene, view, ruleFor(scene, reading, '', match.index), spanOf(match));
  return null;
}

function findEmail(scene: Scene, reading: Reading): Finding | null {
  const { view } = reading;
  if (!view.text.includes('@')) return null;
  for (const match of view.text.matchAll(EMAIL)) {
    const [, host = ''] = match;
    if (!isOfficial(host, scene.lists) || isForeign(scene, view, match.index, match.index + match[0].length))
      return found(scene, view, ruleFor(scene, reading, '', match.index), spanOf(match));
  }
  return null;
}

function findHost(scene: Scene, reading: Reading): Finding | null {
  const { view } = reading;
  LINK.lastIndex = 0;
  for (const match of view.text.matchAll(LINK)) {
    const [whole, scheme, host = '', path = ''] = match;
    const start = match.index;
    const end = start + whole.length;
    if (view.text[start - 1] === '@') continue;
    const isLink = scheme !== undefined || whole.startsWith('www.');
    if (!isLink && !standsAlone(scene, view, { start, host, path })) continue;
    const hostEnd = end - path.length;
    const deceives = isForeign(scene, view, start, hostEnd);
    if (!deceives && isOfficial(host, scene.lists)) {
      const nested = [...path.matchAll(NESTED)].find(
        ([, inner = '']) => !isOfficial(inner, scene.lists) && endIsKnown(inner, scene.lists),
      );
      if (!nested) continue;
    }
    return found(scene, view, ruleFor(scene, reading, host + path, start), {
      start,
      end: trimEnd(view.text, start, end),
    });
  }
  for (const match of view.text.matchAll(SPACED))
    if (match[0].includes(' '))
      return found(scene, view, ruleFor(scene, reading, '', match.index), spanOf(match));
  return null;
}

function findHandle(scene: Scene, reading: Reading): Finding | null {
  const { view } = reading;
  if (!view.text.includes('@')) return null;
  for (const match of view.text.matchAll(PAY_ADDRESS))
    return found(scene, view, ruleFor(scene, reading, '', match.index), spanOf(match));
  for (const match of view.text.matchAll(HANDLE))
    if (!NOT_HANDLES.has(match[1] ?? ''))
      return found(scene, view, ruleFor(scene, reading, '', match.index), spanOf(match));
  return null;
}

/** A name with a dot and no http before it: a link when its end is one, and when it cannot be two sentences. */
function standsAlone(
  { original, lists }: Scene,
  view: View,
  { start, host, path }: { start: number; host: string; path: string },
): boolean {
  const labels = host.split('.');
  const end = labels.at(-1) ?? '';
  if (isKnownService(host, lists)) return true;
  if (lists.fileEnds.has(end)) return false;
  // The marketplace's name before an end we do not know is there to deceive.
  if (/jumia/.test(host)) return labels.length > 1 && (path.length > 1 || lists.tlds.has(end));
  if (!lists.tlds.has(end)) return false;
  const name = labels.at(-2) ?? '';
  if (!/[a-z]/.test(name) || (name.length < 2 && path === '')) return false;
  const written = piece(original, view, start, start + host.length);
  // "delivered.Thank you": a capital after the dot begins a sentence, unless the name has capitals of its own.
  const lastDot = written.lastIndexOf('.');
  if (/^\p{Lu}\p{Ll}/u.test(written.slice(lastDot + 1)) && !/^\p{Lu}/u.test(written)) return false;
  return !lists.wordTlds.has(end) || path.length > 1 || labels.length > 2;
}

function isKnownService(host: string, { paymentHosts, messagingHosts }: Lists): boolean {
  return [paymentHosts, messagingHosts].some((hosts) => matches(host, hosts));
}

function matches(host: string, hosts: ReadonlySet<string>): boolean {
  for (let rest = host; rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1))
    if (hosts.has(rest)) return true;
  return false;
}

function endIsKnown(host: string, { tlds }: Lists): boolean {
  return tlds.has(host.slice(host.lastIndexOf('.') + 1));
}

function isOfficial(host: string, { official }: Lists): boolean {
  return official.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** Written with letters of another script: the address leads elsewhere than it seems. */
function isForeign({ original }: Scene, view: View, start: number, end: number): boolean {
  if (!view.at) return false;
  return /[^\p{ASCII}\p{Cf}\uff00-\uffef]/u.test(piece(original, view, start, end));
}

function ruleFor(scene: Scene, reading: Reading, address: string, start: number): Finding['rule'] {
  const { lists, readings } = scene;
  const host = address.split(/[/?#:]/)[0] ?? '';
  if (matches(host, lists.paymentHosts) || PAY_WORD.test(address)) return 'external_payment_link';
  if (address !== '' && matches(host, lists.messagingHosts) && !/bit\.ly|tinyurl/.test(host))
    return 'off_platform_diversion';
  const token = reading.tokens.findLast((one) => one.start <= start) ?? reading.tokens[0];
  const sentence = token?.sentence ?? 0;
  const pays = readings.some((other) => hits(other, 'wallet').length > 0);
  return pays || has(reading, 'pay', sentence) ? 'external_payment_link' : 'off_platform_diversion';
}

function spanOf(match: RegExpExecArray | RegExpMatchArray): { start: number; end: number } {
  const start = match.index ?? 0;
  return { start, end: start + match[0].length };
}

function trimEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).replace(/[.,;:!?)\]}'"]+$/, '').length;
}
