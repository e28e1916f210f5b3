/**
 * Which carriers to ask about a number, in parallel and within one budget, and what their answers mean together.
 * The carrier that the order names is asked alone first: other people's parcels may have the same digits.
 */
import type { Ask } from './call.ts';
import type { Carrier } from './carrier.ts';
import { JUMIA } from './jumia-numbers.ts';
import type { TrackingAnswer } from './memory.ts';
import { recognizeIn } from './recognize-in.ts';
import { recognize } from './recognize.ts';
import type { Candidate, Hints } from './recognize.ts';
import type { TrackingOutcome } from './shipment.ts';
import { within } from './within.ts';

/** What the carriers that were asked say together. */
export type Answered = {
  readonly kind: 'answered';
  readonly answer: TrackingAnswer;
  /** Carriers that were asked and have answered, likeliest first. */
  readonly asked: readonly string[];
  /** Likely carriers that are not connected here. */
  readonly notAsked: readonly string[];
};

export type LookupResult =
  | Answered
  /** No carrier we can ask has numbers of this shape; `suspect` when it looks mistyped. */
  | { readonly kind: 'unrecognized'; readonly suspect: boolean }
  /** Time is over; the calls go on, `answer` is what they will say, and it will be in the cache. */
  | { readonly kind: 'late'; readonly carrier: string; readonly answer: Promise<Answered> };

/** Fires `signal` when the turn's time is over. The text may be the number alone, or a sentence with it. */
export type Lookup = (text: string, hints: Hints, signal: AbortSignal) => Promise<LookupResult>;

const MOST_ASKED = 3;

/** @param asks one `Ask` for each connected carrier, by id */
export function createLookup(carriers: readonly Carrier[], asks: ReadonlyMap<string, Ask>): Lookup {
  return async (text, hints, signal) => {
    const candidates = candidatesFor(text, carriers, hints);
    const [best] = candidates;
    if (best === undefined || best.carrier === JUMIA) return { kind: 'unrecognized', suspect: false };
    const likely = plausible(candidates).filter(({ carrier }) => asks.has(carrier));
    const [first, ...others] = likely;
    // Others may have parcels of the same digits: for a carrier the order names nobody else can answer.
    if (first === undefined || (best.named && first !== best)) return nobodyToAsk(candidates, best);

    const search: Search = { asks, country: hints.country ?? '', signal, come: new Map() };
    const answered = (first.named ? askNamed(first, others, search) : askTogether(likely, search)).then(
      (answer): Answered => conclude(answer, search, candidates),
    );
    const waited = await within(answered, { signal });
    if (waited.kind === 'answered')
      return nobodyKnows(waited.answer.answer) && mistyped(candidates)
        ? { kind: 'unrecognized', suspect: true }
        : waited.answer;
    // Time is over. An `ok` that has come counts; without one nothing does: who has not spoken might know the parcel.
    const come = inRank(likely, search).filter(({ outcome }) => outcome.kind === 'ok');
    return come.length > 0
      ? conclude(weigh(come), search, candidates)
      : { kind: 'late', carrier: first.carrier, answer: answered };
  };
}

function candidatesFor(text: string, carriers: readonly Carrier[], hints: Hints): readonly Candidate[] {
  const whole = recognize(text, carriers, hints);
  return whole.length > 0 ? whole : (recognizeIn(text, carriers, hints)[0]?.candidates ?? []);
}

/** Beside a shape that only one carrier has, chance resemblances are not worth a call. */
function plausible(candidates: readonly Candidate[]): readonly Candidate[] {
  const [best] = candidates;
  return best?.distinctive === true ? candidates.filter(({ distinctive }) => distinctive) : candidates;
}

/** Every carrier with numbers of this shape has a check digit, and it is wrong for each of them. */
function mistyped(candidates: readonly Candidate[]): boolean {
  return candidates.every(({ checkDigit }) => checkDigit === 'wrong');
}

/** Whoever was asked does not have the number, or has no look-up at all. */
function nobodyKnows({ outcome }: TrackingAnswer): boolean {
  return outcome.kind === 'not_found' || saysNothing(outcome);
}

/** A carrier without a look-up has no word on the parcel: anybody else's counts more, even "not found". */
function saysNothing(outcome: TrackingOutcome): boolean {
  return outcome.kind === 'provider_error' && outcome.reason === 'not_configured';
}

/** A carrier that we know by the order or by the shape but cannot ask is told by name. */
function nobodyToAsk(candidates: readonly Candidate[], best: Candidate): LookupResult {
  const suspect = mistyped(candidates);
  if (suspect || !(best.named || best.distinctive)) return { kind: 'unrecognized', suspect };
  const { carrier, number } = best;
  const outcome = { kind: 'provider_error', carrier, number, reason: 'not_configured' } as const;
  return {
    kind: 'answered',
    answer: { outcome, from: 'live', stale: false, ageMs: 0 },
    asked: [],
    notAsked: [carrier],
  };
}

type Search = {
  readonly asks: ReadonlyMap<string, Ask>;
  readonly country: string;
  readonly signal: AbortSignal;
  /** Answers that have come, by carrier. */
  readonly come: Map<string, TrackingAnswer>;
};

/**
 * The order's carrier first. Only when it does not know the number, or has no look-up, are the others asked; when it is down, that is
 * the answer, because nobody else can speak for it.
 */
async function askNamed(
  first: Candidate,
  others: readonly Candidate[],
  search: Search,
): Promise<TrackingAnswer> {
  const own = await askTogether([first], search);
  if (!nobodyKnows(own) || others.length === 0) return own;
  return weigh([own, await askTogether(others, search)]);
}

/** Asks the likeliest at once; done as soon as nobody ranked higher than an `ok` is still to speak. */
function askTogether(candidates: readonly Candidate[], search: Search): Promise<TrackingAnswer> {
  const asked = candidates.slice(0, MOST_ASKED);
  return new Promise((resolve) => {
    for (const { carrier, number } of asked) {
      void search.asks
        .get(carrier)?.(number, search.country, search.signal)
        .then((answer) => {
          search.come.set(carrier, answer);
          const answers = inRank(asked, search);
          const decisive = asked.find((one) => search.come.get(one.carrier)?.outcome.kind !== 'not_found');
          const said = decisive === undefined ? undefined : search.come.get(decisive.carrier);
          if (answers.length === asked.length || said?.outcome.kind === 'ok') resolve(weigh(answers));
        });
    }
  });
}

function inRank(candidates: readonly Candidate[], { come }: Search): readonly TrackingAnswer[] {
  return candidates.map(({ carrier }) => come.get(carrier)).filter((answer) => answer !== undefined);
}

function conclude(
  answer: TrackingAnswer,
  { asks, come }: Search,
  candidates: readonly Candidate[],
): Answered {
  const known = candidates.map(({ carrier }) => carrier).filter((carrier) => carrier !== JUMIA);
  return {
    kind: 'answered',
    answer,
    asked: known.filter((carrier) => come.has(carrier)),
    notAsked: known.filter((carrier) => !asks.has(carrier)),
  };
}

const WEIGHT = { ok: 4, registered: 3, provider_error: 2, not_found: 1 } as const;
const weightOf = (outcome: TrackingOutcome): number => (saysNothing(outcome) ? 0 : WEIGHT[outcome.kind]);

/** The best answer, by rank among equals. "Not found" only when everybody asked said so: a carrier that is down might know. */
function weigh(answers: readonly TrackingAnswer[]): TrackingAnswer {
  return answers.reduce((best, answer) =>
    weightOf(answer.outcome) > weightOf(best.outcome) ? answer : best,
  );
}
