/** Makes what people type on phones comparable: case, accents, stretched letters, entities masked. */

export type Span = { readonly start: number; readonly end: number; readonly mask: string };

/** Replaces the spans by their masks, so that an order number never sways the intent. */
export function maskSpans(text: string, spans: readonly Span[]): string {
  let masked = '';
  let at = 0;
  for (const { start, end, mask } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue;
    masked += `${text.slice(at, start)} ${mask} `;
    at = end;
  }
  return masked + text.slice(at);
}

/** "Où est mon COLISSSS ?? 😡" → "ou est mon coliss ?? 😡" */
export function normalize(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc`´]/g, "'")
    .replace(/(\p{L})\1{2,}/gu, '$1$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Words, masks, emoji, and the marks that carry meaning. */
const TOKEN = /xx[a-z]+xx|\p{L}+(?:'\p{L}+)*|\p{N}+|\p{Extended_Pictographic}|[?!]/gu;

const MOST_TOKENS = 200;

/** Tokens of a normalised text; what is beyond the limit is not read. */
export function tokenize(normalized: string): string[] {
  return (normalized.match(TOKEN) ?? []).slice(0, MOST_TOKENS);
}
