/**
 * Ozon Express customer API, `POST /customers/{id}/{key}/tracking`.
 * Page: api.ozonexpress.ma (for customers; no public reference), read 2026-11-23 through merchants' public code,
 * which agrees on it.
 *
 * Traps: the key is in the URL's path; errors are HTTP 200, a bad key in `CHECK_API` and an unknown parcel in
 * `TRACKING`; `TIME` is epoch seconds as text and mostly on the last line only, `TIME_STR` has no zone; `HISTORY` is
 * an object keyed "1", "2" …, or an empty list; statuses are French words, `COMMENT` is whatever the courier wrote.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { fromMillis, readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { safeCode } from './place.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { meaningOfWords, normalizeWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'ozon-express';
const ZONE = 'Africa/Casablanca';
const BASE = 'https://api.ozonexpress.ma';

const settings = z.strictObject({ customerId: secret, apiKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const UNREACHABLE = { status: 'attempt_fail', substatus: 'unreachable' } as const;
const RETURNING = { status: 'exception', substatus: 'returning' } as const;

/** By words in lower case without accents. */
const STATUS: StatusTable = {
  'nouveau colis': 'info_received',
  'attente de ramassage': 'info_received',
  ramasse: { status: 'in_transit', substatus: 'picked_up' },
  expedie: 'in_transit',
  recu: 'in_transit',
  'en transit': 'in_transit',
  'mise en distribution': 'out_for_delivery',
  'en cours de livraison': 'out_for_delivery',
  livre: 'delivered',
  'pas de reponse': UNREACHABLE,
  injoignable: UNREACHABLE,
  reporte: { status: 'attempt_fail', substatus: 'rescheduled' },
  refuse: { status: 'attempt_fail', substatus: 'refused' },
  annule: 'cancelled',
  retourne: 'returned',
};

function request(own: Settings, number: string, signal: AbortSignal): HttpRequest {
  const [id, key] = [own.customerId, own.apiKey].map(encodeURIComponent);
  return {
    method: 'POST',
    url: `${own.baseUrl}/customers/${id}/${key}/tracking`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({ 'tracking-number': number }).toString(),
    signal,
  };
}

const Line = z.object({
  STATUT: z.string(),
  TIME: z.union([z.string(), z.number()]).nullish(),
  TIME_STR: z.string().nullish(),
});
type Line = z.infer<typeof Line>;
const Lines = z.union([z.array(Line), z.record(z.string(), Line).transform((map) => Object.values(map))]);
const Check = z.object({ RESULT: z.string() });
const Answer = z.object({
  CHECK_API: Check,
  TRACKING: z
    .object({
      RESULT: z.string(),
      MESSAGE: z.string().nullish(),
      LAST_TRACKING: z.union([Line, z.array(z.never()).transform(() => null)]).nullish(),
      HISTORY: Lines.nullish(),
    })
    .nullish(),
});

/** Reads an answer of `/tracking`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { CHECK_API, TRACKING } = answer.data;
  if (CHECK_API.RESULT !== 'SUCCESS') return providerError(question, 'auth');
  if (!TRACKING) return providerError(question, 'malformed');
  if (TRACKING.RESULT !== 'SUCCESS') {
    // There is no code: "Colis introuvable" is all that Ozon says.
    const unknown = normalizeWords(TRACKING.MESSAGE ?? '').includes('introuvable');
    return unknown ? notFound(question) : providerError(question, 'rejected');
  }
  const lines = withLast(TRACKING.HISTORY ?? [], TRACKING.LAST_TRACKING ?? null);
  return found(
    question,
    lines.map((line) => readLine(line, question)),
  );
}

/** The last line stands in the history too, where it lacks the exact time. */
function withLast(history: readonly Line[], last: Line | null): readonly Line[] {
  if (last === null) return history;
  const others = history.filter(
    ({ STATUT, TIME_STR }) => STATUT !== last.STATUT || TIME_STR !== last.TIME_STR,
  );
  return [...others, last];
}

function readLine({ STATUT, TIME, TIME_STR }: Line, question: Question): TrackingEvent {
  return trackingEvent({
    time: readMoment(TIME, TIME_STR),
    code: STATUT,
    meaning: meaning(STATUT, question),
    place: null,
  });
}

function meaning(statut: string, question: Question): Meaning | undefined {
  const words = safeCode(normalizeWords(statut));
  if (words.startsWith('retour ')) return RETURNING;
  return meaningOf(STATUS, words, question) ?? meaningOfWords(words);
}

function readMoment(seconds: Line['TIME'], text: Line['TIME_STR']): EventTime {
  const at = Number(seconds ?? 0) * 1000;
  return at > 0 ? fromMillis(at, ZONE) : readTime(text ?? '', ZONE);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await ask(io, request(own, number, signal));
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const ozonExpress: Carrier = {
  id: ID,
  name: 'Ozon Express',
  countries: ['MA'],
  docs: {
    url: 'https://api.ozonexpress.ma',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'Customer id and API key, from the customer area of Ozon Express',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [],
  hosts: ['ozonexpress.ma'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
