/** Two models on the same messages: what changed, and whether the new one may replace the old one. */
import type { Judged } from './evaluate.ts';

export type Change = {
  readonly text: string;
  readonly lang: string;
  readonly expected: string;
  readonly before: string;
  readonly after: string;
};

export type Comparison = {
  readonly messages: number;
  readonly before: number;
  readonly after: number;
  /** Messages the new model reads right and the old one did not. */
  readonly mended: readonly Change[];
  readonly broken: readonly Change[];
  /** Read differently, and wrong both times. */
  readonly otherwise: readonly Change[];
  /** False when more is broken than chance explains. */
  readonly passes: boolean;
};

/** One-sided 95 %: a model that is no worse fails this gate once in twenty times at most. */
const NOISE = 1.645;

/** Both lists are of the same messages, in the same order. McNemar's test: only messages the two read differently count. */
export function compareModels(before: readonly Judged[], after: readonly Judged[]): Comparison {
  const changed = before.flatMap((old, at) => {
    const fresh = after[at];
    return fresh && fresh.got !== old.got ? [{ old, fresh }] : [];
  });
  const select = (was: boolean, is: boolean): Change[] =>
    changed
      .filter(({ old, fresh }) => old.right === was && fresh.right === is)
      .map(({ old, fresh }) => ({
        text: old.text,
        lang: old.lang,
        expected: old.expected,
        before: old.got,
        after: fresh.got,
      }));
  const mended = select(false, true);
  const broken = select(true, false);
  const share = (rows: readonly Judged[]): number =>
    rows.filter(({ right }) => right).length / Math.max(rows.length, 1);
  return {
    messages: before.length,
    before: share(before),
    after: share(after),
    mended,
    broken,
    otherwise: select(false, false),
    passes: broken.length - mended.length <= NOISE * Math.sqrt(broken.length + mended.length),
  };
}
