/**
 * Carriers write names, phone numbers and e-mail addresses into fields meant for places. Whatever a
 * customer may read passes through here.
 */
const MAX_CHARS = 60;

/** Six digits or more, also when spaces, dots, dashes or brackets stand between them: a phone, never a city. */
const PHONE_LIKE = /\+?\p{Nd}(?:[\s().-]{0,3}\p{Nd}){5,}/gu;

/** A city or facility fit to be shown: trimmed, phone-like digits masked, nothing with an @, at most 60 characters. */
export function safePlace(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text.includes('@')) return null;
  const clean = text.replace(PHONE_LIKE, '***').replace(/\s+/g, ' ').trim();
  if (clean === '' || clean === '***') return null;
  return clean.length > MAX_CHARS ? `${clean.slice(0, MAX_CHARS - 1).trimEnd()}…` : clean;
}

/** A carrier's code or status word, kept as it came but for what could be a person's number. */
export function safeCode(code: string): string {
  return code.trim().replace(PHONE_LIKE, '***').slice(0, MAX_CHARS);
}
