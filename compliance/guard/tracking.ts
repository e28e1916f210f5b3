/**
 * Tracking numbers of carriers that are not certified. What a number is called counts more than its shape: nine digits
 * are an order, ten digits may be anybody's. So digits alone are stopped only when a carrier's name or a tracking word
 * announces them and no certified carrier could have written them.
 */
import { piece } from './fold.ts';
import type { Hit, Reading } from './lexicon.ts';
import type { Lists } from './lists.ts';
import { countDigits, firstAfter, isAskedAbout, lastBefore } from './numbers.ts';
import type { Finding, Scene } from './scene.ts';
import { found, hits } from './scene.ts';

/** What the recognition of numbers says of one number, best first. */
export type NumberCandidate = {
  readonly carrier: string;
  readonly distinctive: boolean;
  readonly checkDigit: 'ok' | 'wrong' | 'none';
};
export type RecognizeNumber = (number: string, country?: string) => readonly NumberCandidate[];

const RULE = 'uncertified_tracking_number';
/** The carrier whose numbers are those of all posts of the world. */
const POSTS = 'upu-s10';
const CHUNK = /[a-z0-9#]+/g;
const JOINT = /^[ \u00a0.\-/]{1,2}$/;
const MOST_CHUNKS = 8;
const LONGEST = 40;

type Chunk = { readonly start: number; readonly end: number; readonly text: string };
const isUpper = (text: string): boolean => /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);

type Window = {
  readonly start: number;
  readonly end: number;
  readonly clean: string;
  readonly unbroken: boolean;
};

/** @param mask the text with dates, amounts and the like painted over */
export function findTracking(
  scene: Scene,
  reading: Reading,
  mask: string,
  { recognize, country }: { readonly recognize: RecognizeNumber; readonly country: string | undefined },
): Finding | null {
  if (countDigits(mask, 4) < 4) return null;
  const announced = ['tracking', 'carrier', 'tracking_number'].some(
    (concept) => hits(reading, concept).length > 0,
  );
  let settled = 0;
  for (const window of windows(scene, reading, mask, announced)) {
    // A piece of a number that is in order says nothing of its own.
    if (window.end <= settled) continue;
    const shape = shapeOf(scene.lists, window, recognize(window.clean, country));
    if (isUncertified(scene.lists, reading, window, shape)) return found(scene, reading.view, RULE, window);
    if (shape === 'certified') settled = window.end;
  }
  return null;
}

/** Runs of neighboring pieces that could be one number, longest first at each place. */
function* windows(
  { original }: Scene,
  { view }: Reading,
  mask: string,
  announced: boolean,
): Generator<Window> {
  const chunks = [...mask.matchAll(CHUNK)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }));
  for (let first = 0; first < chunks.length; first += 1) {
    const made: Window[] = [];
    const next = chunks[first + 1];
    /** Letters belong to a number as capitals ("EE 123"), or joined to it by a dash: "is 123" are two words. */
    const isPrefix = ({ text, start, end }: Chunk, prior: Chunk | undefined): boolean =>
      text.length <= 5 &&
      (isUpper(piece(original, view, start, end)) ||
        (mask[end] === '-' && next?.start === end + 1) ||
        (prior !== undefined && mask[start - 1] === '-'));
    let clean = '';
    for (let last = first; last < Math.min(chunks.length, first + MOST_CHUNKS); last += 1) {
      const chunk = chunks[last];
      const prior = chunks[last - 1];
      const start = chunks[first]?.start ?? 0;
      if (!chunk || chunk.text.includes('#')) break;
      if (last > first && prior && !JOINT.test(mask.slice(prior.end, chunk.start))) break;
      if (!/\d/.test(chunk.text) && !isPrefix(chunk, prior)) break;
      clean += chunk.text;
      if (clean.length > LONGEST) break;
      const digits = countDigits(clean, LONGEST);
      const letters = clean.length - digits;
      if (digits < 4 || clean.length < 6 || letters > digits + 6) continue;
      if (letters === 0 && !announced) continue;
      made.push({ start, end: chunk.end, clean: clean.toUpperCase(), unbroken: last === first });
    }
    yield* made.reverse();
  }
}

type Shape = 'certified' | 'uncertified' | 'loose' | 'none';

function isUncertified(lists: Lists, reading: Reading, window: Window, shape: Shape): boolean {
  const { text } = reading.view;
  if (isAskedAbout(reading, window)) return false;
  const context = contextOf(lists, reading, window);
  const digits = countDigits(window.clean, LONGEST);
  const isDigits = digits === window.clean.length;
  if (isDigits && digits === 9 && (context.order || !context.called)) return false;
  if (!window.unbroken && !holdsTogether(text, window, context)) return false;
  switch (shape) {
    case 'uncertified':
      return isDigits
        ? (context.tracked || context.uncertified) && !context.code
        : !context.code || context.tracked || context.uncertified;
    case 'loose':
      return context.tracked || context.uncertified || (!context.code && !context.order && window.unbroken);
    case 'certified':
      return context.uncertified && context.called && !context.order;
    case 'none':
      if (context.uncertified && context.called && digits >= 5) return true;
      return (
        context.called && context.direct && !context.certified && digits >= 6 && window.clean.length >= 8
      );
  }
}

/** Pieces are one number only where a number is announced; "order no 355000417 is" is three words. */
function holdsTogether(
  text: string,
  { start, end, clean }: Window,
  { tracked, uncertified }: Context,
): boolean {
  if (tracked || uncertified)
    return (
      !/[a-z]{2,} \d|\d [a-z]{2,}/.test(text.slice(start, end)) || /^[A-Z]{2,4}\d|\d[A-Z]{2}$/.test(clean)
    );
  return /^[a-z0-9]+-[a-z0-9-]+$/.test(text.slice(start, end));
}

type Context = {
  /** A tracking word is near. */
  readonly tracked: boolean;
  /** Something right before says that this is a number to follow: "waybill", "code", "ref". */
  readonly called: boolean;
  /** "Tracking number", "waybill" and the like stand right before. */
  readonly direct: boolean;
  readonly certified: boolean;
  readonly uncertified: boolean;
  readonly order: boolean;
  readonly code: boolean;
};

function contextOf(lists: Lists, reading: Reading, { start, end }: Window): Context {
  const carrier = lastBefore(reading, 'carrier', start, 60) ?? firstAfter(reading, 'carrier', end, 40);
  const id = carrier ? (lists.carriers.get(carrier.word) ?? '') : null;
  const named = lastBefore(reading, 'tracking_number', start, 24);
  const slip = lastBefore(reading, 'slip', start, 16);
  const order = lastBefore(reading, 'order_word', start, 22);
  const code = lastBefore(reading, 'code_word', start, 16);
  const beside =
    carrier !== undefined && (start - carrier.end <= 12 || carrier.start >= end) && carrier.end <= end + 60;
  return {
    tracked: near(reading, 'tracking', start, end),
    called: named !== undefined || slip !== undefined || beside,
    direct: named !== undefined,
    certified: id !== null && lists.certified.has(id),
    uncertified: id !== null && !lists.certified.has(id),
    order: order !== undefined && (!named || named.end <= order.start),
    code: code !== undefined && (!named || named.end <= code.start),
  };
}

function near(reading: Reading, concept: string, start: number, end: number): boolean {
  const hit: Hit | undefined =
    lastBefore(reading, concept, start, 60) ?? firstAfter(reading, concept, end, 30);
  return hit !== undefined;
}

/** Whose number the shape says it is. One certified carrier that writes such numbers is enough to let it pass. */
function shapeOf(lists: Lists, { clean, unbroken }: Window, candidates: readonly NumberCandidate[]): Shape {
  const known = candidates.filter(
    ({ checkDigit, distinctive }) => unbroken || checkDigit !== 'wrong' || !distinctive,
  );
  const carriers = known.map(({ carrier }) =>
    carrier === POSTS ? (lists.posts.get(clean.slice(-2)) ?? POSTS) : carrier,
  );
  if (
    carriers.some(
      (carrier) => lists.certified.has(carrier) || (lists.certified.has(POSTS) && carrier === POSTS),
    )
  )
    return 'certified';
  const format = lists.formats.find(
    ({ pattern, carrier }) => !lists.certified.has(carrier) && pattern.test(clean),
  );
  if (format) return format.loose ? 'loose' : 'uncertified';
  if (carriers.length > 0)
    return carriers.every((carrier) => lists.formats.some((one) => one.loose && one.carrier === carrier))
      ? 'loose'
      : 'uncertified';
  return 'none';
}
