/**
 * Ameex customer API, `GET /customer/Delivery/Parcels/Tracking`.
 * Page: api.ameex.app (for customers; no public reference), read 2026-11-23 through merchants' public code, which
 * agrees on requests, envelope and codes.
 *
 * Traps: errors are HTTP 200 in three shapes: `login`, `api.type` and a bare `RESULT`; `tracking` is an object keyed
 * "0", "1" …, or an empty list; `time` is epoch seconds as text; a parcel in the hands of the courier stays
 * IN_PROGRESS, and only the second-level status tells the failed attempts.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { fromMillis, readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { meaningOfWords, normalizeWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'ameex';
const ZONE = 'Africa/Casablanca';
const BASE = 'https://api.ameex.app';

const settings = z.strictObject({ apiId: secret, apiKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const UNREACHABLE = { status: 'attempt_fail', substatus: 'unreachable' } as const;

const STATUS: StatusTable = {
  NEW_PACKAGE: 'info_received',
  INHOUSE: 'in_transit',
  IN_PROGRESS: 'in_transit',
  DISTRIBUTION: 'out_for_delivery',
  DELIVERED: 'delivered',
  REFUSED: { status: 'attempt_fail', substatus: 'refused' },
  RETURNED: 'returned',
  CANCELED: 'cancelled',
};

/** What a parcel IN_PROGRESS has met. */
const SECOND_LEVEL: StatusTable = {
  POSTPONED: { status: 'attempt_fail', substatus: 'rescheduled' },
  NO_ANSWER: UNREACHABLE,
  NO_ANSWER_TEAM: UNREACHABLE,
  UNREACHABLE,
};

function request(own: Settings, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/customer/Delivery/Parcels/Tracking?ParcelCode=${encodeURIComponent(number)}`,
    headers: { 'C-Api-Id': own.apiId, 'C-Api-Key': own.apiKey, accept: 'application/json' },
    signal,
  };
}

const Line = z.object({
  statut: z.string().nullish(),
  statut_name: z.string().nullish(),
  statut_s: z.string().nullish(),
  time: z.union([z.string(), z.number()]).nullish(),
  time_str: z.string().nullish(),
  city_name: z.string().nullish(),
  hub_name: z.string().nullish(),
});
type Line = z.infer<typeof Line>;
const Lines = z.union([z.array(Line), z.record(z.string(), Line).transform((map) => Object.values(map))]);
const text = z.string().nullish();
const Answer = z.union([
  z
    .object({ login: z.literal('error') })
    .transform(() => ({ kind: 'error', message: 'authentification' }) as const),
  z
    .object({ RESULT: z.literal('ERROR'), MESSAGE: text })
    .transform(({ MESSAGE }) => ({ kind: 'error', message: MESSAGE ?? '' }) as const),
  z
    .object({ api: z.object({ type: z.literal('error'), msg: text, message: text }) })
    .transform(({ api }) => ({ kind: 'error', message: api.msg ?? api.message ?? '' }) as const),
  z
    .object({ api: z.object({ type: z.literal('success'), tracking: Lines.nullish() }) })
    .transform(({ api }) => ({ kind: 'lines', lines: api.tracking ?? [] }) as const),
]);

/** Reads an answer of `/Parcels/Tracking`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  if (answer.data.kind === 'error') return errorOutcome(answer.data.message, question);
  return found(
    question,
    answer.data.lines.map((line) => readLine(line, question)),
  );
}

/** Errors have no code, only words; those that say neither are somebody else's trouble, not an unknown parcel. */
function errorOutcome(message: string, question: Question): TrackingOutcome {
  const words = normalizeWords(message);
  if (/api (id|key)|cle api|authenti|autorise/.test(words)) return providerError(question, 'auth');
  const unknown = /introuvable|inexistant|existe pas|not found/.test(words);
  return unknown ? notFound(question) : providerError(question, 'rejected');
}

function readLine(line: Line, question: Question): TrackingEvent {
  const { code, meaning } = statusOf(line, question);
  return trackingEvent({
    time: readMoment(line),
    code,
    meaning,
    place: line.city_name || line.hub_name,
  });
}

function statusOf(
  { statut, statut_name, statut_s }: Line,
  question: Question,
): { readonly code: string; readonly meaning: Meaning | undefined } {
  if (statut === 'IN_PROGRESS' && statut_s) {
    return { code: statut_s, meaning: meaningOf(SECOND_LEVEL, statut_s, question) ?? STATUS[statut] };
  }
  const code = statut || statut_name || '';
  return { code, meaning: meaningOf(STATUS, code, question) ?? meaningOfWords(statut_name ?? '') };
}

function readMoment({ time, time_str }: Line): EventTime {
  const at = Number(time ?? 0) * 1000;
  return at > 0 ? fromMillis(at, ZONE) : readTime(time_str ?? '', ZONE);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await ask(io, request(own, number, signal));
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const ameex: Carrier = {
  id: ID,
  name: 'Ameex',
  countries: ['MA'],
  docs: {
    url: 'https://api.ameex.app',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'API id and key, from the customer area of Ameex',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [],
  hosts: ['ameex.app'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
