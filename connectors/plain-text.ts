import type { Reply } from '../domain/reply.ts';

/** A reply where nothing can be pressed: choices become numbered lines. */
export function toPlainText(reply: Reply): string {
  const choices = (reply.choices ?? []).map((choice, index) => `${index + 1}. ${choice.title}`);
  return choices.length > 0 ? `${reply.text}\n\n${choices.join('\n')}` : reply.text;
}

/** The whole text in pieces of at most so many characters, cut where {@link clip} would cut. */
export function pieces(text: string, chars: number): readonly string[] {
  const letters = [...text];
  if (letters.length <= chars) return [text];
  const first = cutAt(letters.slice(0, chars).join(''), chars);
  return [first.trimEnd(), ...pieces(text.slice(first.length).trimStart(), chars)].filter(
    (piece) => piece !== '',
  );
}

/** Cuts at a line or word, never inside a character. */
export function clip(text: string, chars: number): string {
  const letters = [...text];
  if (letters.length <= chars) return text;
  return `${cutAt(letters.slice(0, chars - 1).join(''), chars)}…`;
}

/** Up to the last line or word, unless it is very long. */
function cutAt(text: string, chars: number): string {
  const at = Math.max(text.lastIndexOf('\n'), text.lastIndexOf(' '));
  return at > chars / 2 ? text.slice(0, at) : text;
}
