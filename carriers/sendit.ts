/**
 * Sendit API v1, `GET /deliveries/{code}` with a login token.
 * Page: app.sendit.ma/api/documentation (for customers), read 2026-11-23. Requests and envelope are documented; the
 * meanings of the status words, and an unknown code, are those of a merchant's public code.
 *
 * Traps: the token's life is not told; an unknown code is 404, or HTTP 200 with `success: false`; the history is a
 * list of audits, each a copy of what was changed, so some have no status and most have a name and a phone; their
 * time is a sentence in the documentation and a plain date in practice, both without a zone.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { createSession, loginFailure } from './session.ts';
import type { Login } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'sendit';
const ZONE = 'Africa/Casablanca';
const BASE = 'https://app.sendit.ma/api/v1';
/** Not documented; merchants renew it within the hour. */
const TOKEN_LIVES_MS = 45 * 60_000;

const settings = z.strictObject({ publicKey: secret, secretKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

/** There is no word for a parcel that is back with its sender. */
const STATUS: StatusTable = {
  PENDING: 'info_received',
  TO_PREPARE: 'info_received',
  TO_PICKUP: 'info_received',
  PICKEDUP: { status: 'in_transit', substatus: 'picked_up' },
  WAREHOUSE: 'in_transit',
  TRANSIT: 'in_transit',
  DISTRIBUTED: 'in_transit',
  NEW_DESTINATION: 'in_transit',
  DELIVERING: 'out_for_delivery',
  UNREACHABLE: { status: 'attempt_fail', substatus: 'unreachable' },
  POSTPONED: { status: 'attempt_fail', substatus: 'rescheduled' },
  DELIVERED: 'delivered',
  REJECTED: { status: 'exception', substatus: 'refused' },
  CANCELED: 'cancelled',
};

const Token = z.object({ data: z.object({ token: z.string().min(1) }) });
const Refusal = z.object({ success: z.literal(false) });

async function login(own: Settings, io: CarrierIo, signal: AbortSignal): Promise<Login<string>> {
  const answer = await ask(io, {
    method: 'POST',
    url: `${own.baseUrl}/login`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ public_key: own.publicKey, secret_key: own.secretKey }),
    signal,
  });
  if (answer.kind === 'failed') return loginFailure(answer);
  if (Refusal.safeParse(answer.body).success) return { kind: 'failed', reason: 'auth' };
  const token = Token.safeParse(answer.body);
  if (!token.success) return { kind: 'failed', reason: 'malformed' };
  return { kind: 'token', token: token.data.data.token, livesMs: TOKEN_LIVES_MS };
}

function request(own: Settings, token: string, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/deliveries/${encodeURIComponent(number)}`,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    signal,
  };
}

const Audit = z.object({
  created_at: z.string(),
  data: z.object({
    status: z.string().nullish(),
    /** A name, or the number of a district in Sendit's own list. */
    district: z.union([z.string(), z.number().transform(() => null)]).nullish(),
  }),
});
const Delivery = z.object({
  status: z.string(),
  last_action_at: z.string().nullish(),
  audits: z.array(Audit).nullish(),
});
const Answer = z.union([Refusal, z.object({ data: Delivery })]);

/** Reads an answer of `/deliveries/{code}` that came with 2xx. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  if ('success' in answer.data) return notFound(question);
  const { status, last_action_at, audits } = answer.data.data;
  const line = (code: string, date: string, place: string | null | undefined): TrackingEvent =>
    trackingEvent({ time: readDate(date), code, meaning: meaningOf(STATUS, code, question), place });

  const history = (audits ?? []).flatMap(({ created_at, data }) =>
    data.status ? [line(data.status, created_at, data.district)] : [],
  );
  const told = !last_action_at || sortEvents(history).at(-1)?.code === status;
  return found(question, told ? history : [...history, line(status, last_action_at, null)]);
}

const MONTHS = 'janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre'.split(
  ' ',
);

/** `2026-11-05 09:30:00`, or the documented `jeudi 5 novembre 2026, à 09:30`. */
function readDate(text: string): EventTime {
  const sentence = /(\d{1,2}) ([a-z]+) (\d{4}), a (\d{1,2}:\d{2})$/.exec(normalizeWords(text));
  if (sentence === null) return readTime(text, ZONE);
  const [, day, month = '', year, clock] = sentence;
  const date = `${day} ${MONTHS.indexOf(month) + 1} ${year} ${clock}`;
  return { ...readTime(date, ZONE, 'd M yyyy H:mm'), local: text };
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({ login: (signal) => login(own, io, signal), now: io.now });
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await session.withToken(signal, (token) =>
      ask(io, request(own, token, number, signal), { alsoRead: [404] }),
    );
    if (answer.kind === 'failed') return failed(question, answer);
    return answer.status === 404 ? notFound(question) : parse(answer.body, question);
  };
}

export const sendit: Carrier = {
  id: ID,
  name: 'Sendit',
  countries: ['MA'],
  docs: {
    url: 'https://app.sendit.ma/api/documentation',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'Public and secret key, from the settings of the Sendit account',
    batch: 1,
    limits: '1000 requests an hour',
  },
  settings,
  baseUrl: BASE,
  numbers: [],
  hosts: ['sendit.ma'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 1, concurrent: 2 },
  connect,
};
