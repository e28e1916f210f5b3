/**
 * Turns a reply into the messages WhatsApp takes: buttons for up to three short choices, a list for up to ten, numbered
 * lines beyond. Pure, and never above a limit (developers.facebook.com, interactive messages, read 2026-07). Lengths are
 * counted in UTF-16 units, which is never less than what Meta counts.
 */
import type { Choice, Reply, TimelineEntry } from '../../domain/reply.ts';
import { toPlainText } from '../plain-text.ts';

export const LIMITS = {
  textChars: 4_096,
  interactiveChars: 1_024,
  buttons: 3,
  buttonTitleChars: 20,
  buttonIdChars: 256,
  listRows: 10,
  listTitleChars: 24,
  listDescriptionChars: 72,
  listButtonChars: 20,
  rowIdChars: 200,
  /** Of one variable of a template, together with the template's own words. */
  templateChars: 1_000,
} as const;

const TIMELINE_LINES = 6;

/** A message without its envelope. */
export type Body =
  | { readonly type: 'text'; readonly text: { readonly body: string; readonly preview_url: false } }
  | {
      readonly type: 'interactive';
      readonly interactive: {
        readonly type: 'button';
        readonly body: { readonly text: string };
        readonly action: {
          readonly buttons: readonly { readonly type: 'reply'; readonly reply: Choice }[];
        };
      };
    }
  | {
      readonly type: 'interactive';
      readonly interactive: {
        readonly type: 'list';
        readonly body: { readonly text: string };
        readonly action: {
          readonly button: string;
          readonly sections: readonly { readonly rows: readonly Row[] }[];
        };
      };
    };

type Row = { readonly id: string; readonly title: string; readonly description?: string };

/**
 * The messages of a reply, in order; one unless its text is too long. `listLabel` is what opens a list, in the
 * customer's language.
 */
export function render(reply: Reply, listLabel: string): readonly Body[] {
  const choices = pressable(reply.choices ?? []);
  const full = withTimeline(reply);
  if (choices === 'too many') return texts(withTimeline({ ...reply, text: toPlainText(reply) }));
  if (choices.length === 0) return texts(full);
  // The history is extra: it gives way before the answer is torn in two.
  const text = [full, reply.text].find((one) => one.length <= LIMITS.interactiveChars);
  if (text !== undefined && text.trim() !== '') return [press(text, choices, listLabel)];
  const { before, last } = lastParagraph(full);
  return [...(before ? texts(before) : []), press(last, choices, listLabel)];
}

function texts(text: string): Body[] {
  return cut(text, LIMITS.textChars).map((body) => ({ type: 'text', text: { body, preview_url: false } }));
}

/** "● out for delivery, Lagos, Mon 23 Nov, 18:53": one line an event under what travels, the newest last and full. */
function withTimeline({ text, timeline = [] }: Reply): string {
  const parcels = new Map<string, TimelineEntry[]>();
  for (const entry of timeline) parcels.set(entry.of ?? '', [...(parcels.get(entry.of ?? '') ?? []), entry]);
  const most = Math.ceil(TIMELINE_LINES / Math.max(parcels.size, 1));
  const blocks = [...parcels].map(([of, entries]) =>
    [of, ...entries.slice(-most).map(timelineLine)].filter((line) => line !== '').join('\n'),
  );
  return [text, ...blocks].filter((part) => part !== '').join('\n\n');
}

function timelineLine({ label, place, time, current }: TimelineEntry): string {
  return `${current ? '●' : '○'} ${[label, place, time].filter(Boolean).join(', ')}`;
}

/** Choices with ids that fit and occur once. An id is never cut: cut, it would lead elsewhere. */
function pressable(choices: readonly Choice[]): readonly Choice[] | 'too many' {
  const byId = new Map<string, Choice>();
  for (const { id, title } of choices) {
    const trimmed = id.trim();
    if (trimmed !== '' && trimmed.length <= LIMITS.rowIdChars && title.trim() !== '' && !byId.has(trimmed))
      byId.set(trimmed, { id: trimmed, title: title.trim() });
  }
  return byId.size > LIMITS.listRows ? 'too many' : [...byId.values()];
}

function press(text: string, choices: readonly Choice[], listLabel: string): Body {
  const titles = new Set(choices.map(({ title }) => title));
  const fitButtons =
    choices.length <= LIMITS.buttons &&
    titles.size === choices.length &&
    choices.every(({ title }) => title.length <= LIMITS.buttonTitleChars);
  if (fitButtons)
    return {
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text },
        action: { buttons: choices.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })) },
      },
    };
  return {
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text },
      action: {
        button: shorten(listLabel, LIMITS.listButtonChars),
        sections: [{ rows: choices.map(toRow) }],
      },
    },
  };
}

/** A title that is too long is shortened, and stands in full below itself. */
function toRow({ id, title }: Choice): Row {
  if (title.length <= LIMITS.listTitleChars) return { id, title };
  return {
    id,
    title: shorten(title, LIMITS.listTitleChars),
    description: shorten(title, LIMITS.listDescriptionChars),
  };
}

/** Cuts between words where that leaves something to read, never inside a character. */
export function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const kept = whole(text, chars - 1);
  const space = kept.lastIndexOf(' ');
  return `${(space > chars / 2 ? kept.slice(0, space) : kept).trimEnd()}…`;
}

/** The first characters, as many as fit into `chars` units without splitting one. */
function whole(text: string, chars: number): string {
  let kept = '';
  for (const { segment } of CHARACTERS.segment(text)) {
    if (kept.length + segment.length > chars) break;
    kept += segment;
  }
  return kept;
}

const CHARACTERS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Pieces of at most `chars`, cut at a blank line, else at a line, else at a word. */
function cut(text: string, chars: number): string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > chars) {
    const window = rest.slice(0, chars);
    const at = ['\n\n', '\n', ' '].map((mark) => window.lastIndexOf(mark)).find((place) => place > chars / 3);
    const piece = at === undefined ? whole(rest, chars) || window : window.slice(0, at);
    pieces.push(piece.trimEnd());
    rest = rest.slice(piece.length).trimStart();
  }
  return rest === '' ? pieces : [...pieces, rest];
}

/** The question stands at the end: it keeps the buttons, everything before it goes first. */
function lastParagraph(text: string): { readonly before: string; readonly last: string } {
  const pieces = cut(text, LIMITS.interactiveChars);
  const all = pieces.at(-1) ?? '';
  const at = text.lastIndexOf('\n');
  const last = at > 0 && text.length - at - 1 <= LIMITS.interactiveChars ? text.slice(at + 1).trim() : all;
  const kept = last === '' ? all : last;
  return { before: text.slice(0, text.lastIndexOf(kept)).trim(), last: kept };
}

/** A template's variable is one line without runs of spaces. */
export function templateText(reply: Reply): string {
  return shorten(
    reply.text
      .replace(/\s*\n+\s*/g, ' · ')
      .replace(/\s+/g, ' ')
      .trim(),
    LIMITS.templateChars,
  );
}
