/**
 * The screen on what comes in: which messages are abuse, how sure we are, and what the shop wants done about each kind.
 * The classifier is an argument: it is learnt from `compliance/data` by the intent engine's training.
 */

/** What every innocent message is, however angry. */
export const OK = 'ok';
export const ABUSE_LABELS = ['brushing_probe', 'card_fraud', 'phishing', 'harassment', 'spam'] as const;

export type AbuseLabel = (typeof ABUSE_LABELS)[number];
export type ScreenLabel = typeof OK | AbuseLabel;

/** Calibrated probability of each kind of abuse; what is missing to 1 is `ok`. */
export type Scores = Readonly<Record<AbuseLabel, number>>;
export type Classify = (text: string, lang: string | null) => Scores;

/** `confidence` is the probability that the label is right. */
export type Verdict = { readonly label: ScreenLabel; readonly confidence: number };
export type Screen = (text: string, lang: string | null) => Verdict;

/** A message is abuse from the threshold on; below it, the doubt is the customer's. */
export function createScreen(classify: Classify, threshold: number): Screen {
  return (text, lang) => {
    if (text.trim() === '') return { label: OK, confidence: 1 };
    const { label, score } = likeliest(classify(text, lang));
    return score >= threshold
      ? { label, confidence: round(score) }
      : { label: OK, confidence: round(1 - score) };
  };
}

function likeliest(scores: Scores): { readonly label: AbuseLabel; readonly score: number } {
  let label: AbuseLabel = ABUSE_LABELS[0];
  for (const other of ABUSE_LABELS) if (scores[other] > scores[label]) label = other;
  return { label, score: scores[label] };
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

/** What cross-validation said about one example: the likeliest abuse, and how likely it was. */
export type HeldOut = {
  readonly text: string;
  readonly lang: string;
  /** An ordinary message to a shop; the others were written to be mistaken. */
  readonly everyday: boolean;
  readonly expected: ScreenLabel;
  readonly suspected: AbuseLabel;
  readonly confidence: number;
};

/** An innocent customer who is taken for an abuser costs more than an abuser who is answered. */
export const MOST_FALSE_ALARMS = 0.0085;

/** The lowest threshold with at most {@link MOST_FALSE_ALARMS} among everyday messages, and what it catches of the abuse. */
export function chooseThreshold(heldOut: readonly HeldOut[]): {
  readonly threshold: number;
  readonly caught: number;
  readonly falseAlarms: number;
} {
  const innocent = heldOut.filter(({ expected, everyday }) => expected === OK && everyday);
  const abuse = heldOut.filter(({ expected }) => expected !== OK);
  const alarms = innocent.map(({ confidence }) => confidence).sort((a, b) => b - a);
  const allowed = Math.floor(innocent.length * MOST_FALSE_ALARMS);
  const threshold = Math.min(1, (alarms[allowed] ?? 0) + 1e-4);
  const share = (rows: readonly HeldOut[], right: (row: HeldOut) => boolean): number =>
    rows.length === 0
      ? 0
      : rows.filter((row) => row.confidence >= threshold && right(row)).length / rows.length;
  return {
    threshold,
    caught: share(abuse, ({ expected, suspected }) => expected === suspected),
    falseAlarms: share(innocent, () => true),
  };
}

/** What may be done about a kind of abuse. `ignore`: the bot answers as if nothing were. */
export const SCREEN_ACTIONS = [
  'answer_neutrally',
  'stop_automation',
  'alert',
  'rate_limit',
  'ignore',
] as const;
export type ScreenAction = (typeof SCREEN_ACTIONS)[number];

export type ScreenPolicy = {
  readonly actions: Readonly<Record<AbuseLabel, ScreenAction>>;
  /** Answers one customer gets in a minute where the action is `rate_limit`. */
  readonly answersPerMinute: number;
};

/** Where a person should look, a person is called; offers get a polite sentence; advertising gets few answers. */
export const DEFAULT_ACTIONS: Readonly<Record<AbuseLabel, ScreenAction>> = {
  brushing_probe: 'answer_neutrally',
  card_fraud: 'stop_automation',
  phishing: 'answer_neutrally',
  harassment: 'stop_automation',
  spam: 'rate_limit',
};

/** What a turn does: `silence` is a rate limit that was reached. */
export type Course = 'pass' | 'alert' | 'answer_neutrally' | 'stop_automation' | 'silence';

export function courseOf(label: ScreenLabel, policy: ScreenPolicy, answersLastMinute: number): Course {
  if (label === OK) return 'pass';
  const action = policy.actions[label];
  switch (action) {
    case 'ignore':
      return 'pass';
    case 'rate_limit':
      return answersLastMinute >= policy.answersPerMinute ? 'silence' : 'answer_neutrally';
    default:
      return action;
  }
}
