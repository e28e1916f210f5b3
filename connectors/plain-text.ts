import type { Reply } from '../domain/reply.ts';

/** A reply where nothing can be pressed: choices become numbered lines. */
export function toPlainText(reply: Reply): string {
  const choices = (reply.choices ?? []).map((choice, index) => `${index + 1}. ${choice.title}`);
  return choices.length > 0 ? `${reply.text}\n\n${choices.join('\n')}` : reply.text;
}

/** Cuts at a line or word, never inside a character. */
export function clip(text: string, chars: number): string {
  const letters = [...text];
  if (letters.length <= chars) return text;
  const cut = letters.slice(0, chars - 1).join('');
  const at = Math.max(cut.lastIndexOf('\n'), cut.lastIndexOf(' '));
  return `${at > chars / 2 ? cut.slice(0, at) : cut}…`;
}
