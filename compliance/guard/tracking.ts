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
export type Numbers = { readonly recognize: RecognizeNumber; readonly country: string | undefined };
export type RecognizeNumber = (number: string, country?: string) => readonly NumberCandidate[];

const RULE = 'uncertified_tracking_number';
/** The carrier whose numbers are those of all posts of the world. */
const POSTS = 'upu-s10';
const CHUNK = /[a-z0-9#]+/g;
const JOINT = /^(?:[ \u00a0.\-/]{1,2}| [/-] )$/;
const MOST_CHUNKS = 8;
const LONGEST = 40;
const MOST_LETTERS = 5;

type Chunk = { readonly start: number; readonly end: number; readonly text: string; readonly digits: number };
const isUpper = (text: string): boolean => /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);

type Window = {
  readonly start: number;
  readonly end: number;
  readonly clean: string;
  readonly digits: number;
  readonly unbroken: boolean;
};

export type Span = { readonly start: number; readonly end: number };

/**
 * The first number that may not be told, or the places of certified carriers' numbers with letters, which are nothing else.
 *
 * @param mask the text with dates, amounts and the like painted over
 */
export function findTracking(
  scene: Scene,
  reading: Reading,
  mask: string,
  { recognize, country }: Numbers,
): Finding | readonly Span[] {
  if (countDigits(mask, 4) < 4) return [];
  const announced = ['tracking', 'carrier', 'tracking_number'].some(
    (concept) => hits(reading, concept).length > 0,
  );
  let settled = 0;
  const certified: Span[] = [];
  for (const window of windows(scene, reading, mask, announced)) {
    // A piece of a number that is in order says nothing of its own.
    if (window.end <= settled) continue;
    const context = contextOf(scene.lists, reading, window);
    if (isHarmless(reading, window, context)) continue;
    const shape = shapeOf(scene.lists, window, recognize(window.clean, country));
    if (isUncertified(window, context, shape)) return found(scene, reading.view, RULE, window);
    if (shape !== 'certified') continue;
    settled = window.end;
    if (window.digits < window.clean.length) certified.push(window);
  }
  return certified;
}

/** Runs of neighboring pieces that could be one number, longest first at each place. */
function* windows(scene: Scene, reading: Reading, mask: string, announced: boolean): Generator<Window> {
  const chunks: Chunk[] = [...mask.matchAll(CHUNK)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: match[0],
    digits: countDigits(match[0], LONGEST),
  }));
  for (const [index, first] of chunks.entries()) {
    if (first.digits === 0 && !isBeginning(chunks, index)) continue;
    const made: Window[] = [];
    let clean = '';
    let digits = 0;
    for (let last = index; last < Math.min(chunks.length, index + MOST_CHUNKS); last += 1) {
      const chunk = chunks[last];
      const prior = last > index ? chunks[last - 1] : undefined;
      if (!chunk || chunk.text.includes('#')) break;
      if (prior && !JOINT.test(mask.slice(prior.end, chunk.start))) break;
      if (chunk.digits === 0 && !isPart(scene, reading, mask, { chunk, prior, next: chunks[last + 1] }))
        break;
      clean += chunk.text;
      digits += chunk.digits;
      if (clean.length > LONGEST) break;
      const letters = clean.length - digits;
      if (digits < 4 || clean.length < 5 || letters > digits + 6 || (letters === 0 && !announced)) continue;
      made.push({
        start: first.start,
        end: chunk.end,
        clean: clean.toUpperCase(),
        digits,
        unbroken: last === index,
      });
    }
    yield* made.reverse();
  }
}

/** A few letters with digits not far after them: "EE 123", "JG-NJS-319", "J E G 000". */
function isBeginning(chunks: readonly Chunk[], index: number): boolean {
  const ahead = chunks.slice(index, index + 5);
  const digits = ahead.findIndex((chunk) => chunk.digits > 0);
  return digits > 0 && ahead.slice(0, digits).every(({ text }) => text.length <= MOST_LETTERS);
}

/** Letters belong to a number as capitals ("EE 123"), or joined to it by a dash: "is 123" are two words. */
function isPart(
  { original }: Scene,
  { view }: Reading,
  mask: string,
  { chunk, prior, next }: { chunk: Chunk; prior: Chunk | undefined; next: Chunk | undefined },
): boolean {
  const { text, start, end } = chunk;
  if (text.length > MOST_LETTERS) return false;
  if (isUpper(piece(original, view, start, end))) return true;
  if (/^ ?\/ ?\d/.test(mask.slice(end, end + 4))) return true;
  return (mask[end] === '-' && next?.start === end + 1) || (prior !== undefined && mask[start - 1] === '-');
}

export type Shape = 'certified' | 'uncertified' | 'loose' | 'none';

/** Without asking whose number it is: orders, digits nobody announces, words that only stand beside a number. */
function isHarmless(reading: Reading, window: Window, context: Context): boolean {
  const isDigits = window.digits === window.clean.length;
  if (isDigits && !context.tracked && !context.uncertified && !context.called) return true;
  if (isDigits && window.digits === 9 && (context.order || !context.called)) return true;
  if (!window.unbroken && !holdsTogether(reading.view.text, window, context)) return true;
  return isAskedAbout(reading, window);
}

function isUncertified({ digits, clean, unbroken }: Window, context: Context, shape: Shape): boolean {
  const isDigits = digits === clean.length;
  switch (shape) {
    case 'uncertified':
      return isDigits
        ? (context.uncertified || (context.tracked && !context.certified)) && !context.code
        : !context.code || context.tracked || context.uncertified;
    case 'loose':
      if (context.certified && !context.uncertified) return false;
      return context.tracked || context.uncertified || (!context.code && !context.order && unbroken);
    case 'certified':
      return context.uncertified && context.called && !context.order;
    case 'none':
      if (context.uncertified && context.called && digits >= (isDigits ? 5 : 4)) return true;
      // A code beside the name of a carrier needs no announcement.
      if (context.uncertified && !isDigits && digits >= 5 && !context.code && !context.order) return true;
      return context.called && context.direct && !context.certified && digits >= 6 && clean.length >= 8;
  }
}

/** Pieces are one number only where a number is announced; "order no 355000417 is" is three words. */
function holdsTogether(
  text: string,
  { start, end, clean }: Window,
  { tracked, uncertified }: Context,
): boolean {
  const written = text.slice(start, end);
  // "S.F.7185.1872.50149": single letters and groups, all with the same sign between.
  if (/^[a-z0-9](?:([.-])[a-z0-9]+)(?:\1[a-z0-9]+)*$/.test(written)) return true;
  // "jeg / 000 / 851": letters, then groups of figures, with the same sign between.
  if (/^[a-z]{1,4}( ?[./-] ?)\d+(?:\1\d+){2,}$/.test(written)) return true;
  if (!tracked && !uncertified) return /^[a-z0-9]+-[a-z0-9-]+$/.test(written);
  const hasWords = /(?<![a-z0-9-])[a-z]{2,}(?= )|(?<= )[a-z]{2,}(?![a-z0-9-])/.test(written);
  return !hasWords || /^[A-Z]{2,4}\d|\d[A-Z]{2}$/.test(clean);
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
  const carrier = carrierOf(reading, { start, end });
  const id = carrier ? (lists.carriers.get(carrier.word) ?? '') : null;
  const named = lastBefore(reading, 'tracking_number', start, 24);
  const slip = lastBefore(reading, 'slip', start, 16);
  const order = lastBefore(reading, 'order_word', start, 22);
  const code = lastBefore(reading, 'code_word', start, 16);
  // A carrier's "code" is its number; a model or a voucher stays one.
  const isPlainCode = carrier !== undefined && code !== undefined && /^(?:code|codigo)$/.test(code.word);
  const beside =
    carrier !== undefined && (start - carrier.end <= 12 || carrier.start >= end) && carrier.end <= end + 60;
  return {
    tracked: near(reading, 'tracking', start, end),
    called: named !== undefined || slip !== undefined || beside,
    direct: named !== undefined,
    certified: id !== null && lists.certified.has(id),
    uncertified: id !== null && !lists.certified.has(id),
    order:
      order !== undefined && (!named || named.end <= order.start) && !isBetween(carrier, order.end, start),
    code: code !== undefined && !isPlainCode && (!named || named.end <= code.start),
  };
}

/** "In your orders: DPD 155…": the carrier's name stands between the two, so the number is the carrier's. */
function isBetween(carrier: Hit | undefined, from: number, to: number): boolean {
  return carrier !== undefined && carrier.start >= from && carrier.end <= to && to - carrier.end <= 2;
}

/** The carrier a number is said to be of: the one right after ("… on Topship"), else the last before, else one that follows. */
function carrierOf(reading: Reading, { start, end }: Span): Hit | undefined {
  return (
    firstAfter(reading, 'carrier', end, 8) ??
    lastBefore(reading, 'carrier', start, 60) ??
    firstAfter(reading, 'carrier', end, 40)
  );
}

function near(reading: Reading, concept: string, start: number, end: number): boolean {
  const hit: Hit | undefined =
    lastBefore(reading, concept, start, 60) ?? firstAfter(reading, concept, end, 30);
  return hit !== undefined;
}

/** Whose number the shape says it is. One certified carrier that writes such numbers is enough to let it pass. */
export function shapeOf(
  lists: Lists,
  { clean, unbroken }: Pick<Window, 'clean' | 'unbroken'>,
  candidates: readonly NumberCandidate[],
): Shape {
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
