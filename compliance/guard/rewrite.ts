/** Makes another view of a text from changes to it; every character still knows where it stood in the original. */
import type { View } from './fold.ts';

type Builder = { text: string; at: number[] };
const placeOf = ({ at }: View, index: number): number => (at ? (at[index] ?? 0) : index);

function copy(into: Builder, view: View, start: number, end: number): void {
  into.text += view.text.slice(start, end);
  for (let index = start; index < end; index += 1) into.at.push(placeOf(view, index));
}

/** Writes `text` where `start` of the view stood; the last character stands for `last`, so that evidence is whole. */
function write(into: Builder, view: View, text: string, span: { start: number; end: number }): void {
  for (let index = 0; index < text.length; index += 1) {
    const share = Math.floor((index * (span.end - span.start)) / text.length);
    into.at.push(placeOf(view, index === text.length - 1 ? span.end - 1 : span.start + share));
  }
  into.text += text;
}

export type Change = { readonly start: number; readonly end: number; readonly text: string };

export function rewrite(view: View, unsorted: readonly Change[]): View {
  const changes = [...unsorted].sort((a, b) => a.start - b.start || b.end - a.end);
  const into: Builder = { text: '', at: [] };
  let done = 0;
  for (const change of changes) {
    if (change.start < done) continue;
    copy(into, view, done, change.start);
    write(into, view, change.text, change);
    done = change.end;
  }
  copy(into, view, done, view.text.length);
  return into;
}
