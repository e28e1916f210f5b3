/**
 * iMile Open API, `/client/track/getOne` with a token of `/auth/accessToken/grant`; both are signed.
 * Page: openapi.imile.com (documentation for customers, v1.3.1), read 2026-11-23 through public code that quotes it;
 * the signature agrees with the documented example. There is no official list of the status words.
 *
 * Traps: errors are HTTP 200 with a `code`, and a token may end before its time; the signature covers the very JSON
 * of `param`; words come in several spellings, so only their letters count; "Return…" is on its way back and
 * "ReturnArrive" is back; each row has its own `timeZone`; `locusDetailed` names people.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import type { Answer, Failure } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { safeCode } from './place.ts';
import { createSession, loginFailure } from './session.ts';
import type { Login } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { meaningOfWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'imile';
const ZONE = 'Africa/Casablanca';
const BASE = 'https://openapi.imile.com';
const SUCCESS = '200';
const BAD_SIGNATURE = '401';
const BAD_TOKEN = ['402', '407', '408'];

const settings = z.strictObject({
  customerId: secret,
  secretKey: secret,
  /** By contract: a digest of the request, or the key itself. */
  signMethod: z.enum(['MD5', 'SimpleKey']).default('MD5'),
  /** Hours east of Greenwich, as the account has it. */
  timeZone: z
    .string()
    .regex(/^[+-]\d{1,2}$/, 'a sign and hours, for example +1')
    .default('+1'),
  baseUrl: baseUrl(BASE),
});
type Settings = z.infer<typeof settings>;

const RETURNING = { status: 'exception', substatus: 'returning' } as const;

/** By the letters of a word, in lower case. */
const STATUS: StatusTable = {
  submitorder: 'info_received',
  pickedup: { status: 'in_transit', substatus: 'picked_up' },
  intransit: 'in_transit',
  outfordelivery: 'out_for_delivery',
  delivered: 'delivered',
  deliveryfailed: 'attempt_fail',
  onhold: 'exception',
  returnarrive: 'returned',
  returned: 'returned',
  cancelorder: 'cancelled',
};

/** The upper-case hex MD5 of all fields in the order of their names, with `param` as JSON, between two secrets. */
export function sign(fields: Readonly<Record<string, string>>, param: string, secretKey: string): string {
  const pairs = Object.keys(fields)
    .sort()
    .map((name) => `${name}${fields[name]}`);
  return createHash('md5')
    .update([secretKey, ...pairs, param, secretKey].join(''))
    .digest('hex')
    .toUpperCase();
}

function request(
  own: Settings,
  call: { readonly path: string; readonly param: unknown; readonly token?: string },
  now: number,
  signal: AbortSignal,
): HttpRequest {
  const fields = {
    ...(call.token === undefined ? {} : { accessToken: call.token }),
    customerId: own.customerId,
    signMethod: own.signMethod,
    format: 'json',
    version: '1.0.0',
    timestamp: String(now),
    timeZone: own.timeZone,
  };
  const signature =
    own.signMethod === 'MD5' ? sign(fields, JSON.stringify(call.param), own.secretKey) : own.secretKey;
  return {
    method: 'POST',
    url: `${own.baseUrl}${call.path}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ ...fields, sign: signature, param: call.param }),
    signal,
  };
}

const Code = z.union([z.number(), z.string()]).transform(String);
const Envelope = z.object({ code: Code });
const Token = z.object({
  data: z.object({ accessToken: z.string().min(1), expiresIn: z.coerce.number().positive() }),
});

async function login(own: Settings, io: CarrierIo, signal: AbortSignal): Promise<Login<string>> {
  const call = { path: '/auth/accessToken/grant', param: { grantType: 'clientCredential' } };
  const answer = await ask(io, request(own, call, io.now(), signal));
  if (answer.kind === 'failed') return loginFailure(answer);
  const envelope = Envelope.safeParse(answer.body);
  if (envelope.success && envelope.data.code !== SUCCESS) return { kind: 'failed', reason: 'auth' };
  const token = Token.safeParse(answer.body);
  if (!token.success) return { kind: 'failed', reason: 'malformed' };
  const { accessToken, expiresIn } = token.data.data;
  return { kind: 'token', token: accessToken, livesMs: expiresIn * 1000 };
}

/** A token that ended before its time, by HTTP or at HTTP 200. */
function isTokenRefused(answer: Answer | Failure): boolean {
  if (answer.kind === 'failed') return answer.reason === 'auth';
  const envelope = Envelope.safeParse(answer.body);
  return envelope.success && BAD_TOKEN.includes(envelope.data.code);
}

const Row = z.object({
  latestStatus: z.string().nullish(),
  latestStatusTime: z.string().nullish(),
  latestSite: z.string().nullish(),
  locusType: z.string().nullish(),
  timeZone: z.string().nullish(),
});
type Row = z.infer<typeof Row>;
const Parcel = Row.extend({ locus: z.array(Row).nullish() });
const Tracking = Envelope.extend({
  data: z.union([Parcel, z.array(Parcel).transform(([first]) => first)]).nullish(),
});

/** Reads an answer of `/client/track/getOne`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Tracking.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { code, data } = answer.data;
  if (code === BAD_SIGNATURE || BAD_TOKEN.includes(code)) return providerError(question, 'auth');
  if (code !== SUCCESS) return providerError(question, 'rejected');
  if (!data) return notFound(question);
  const line = (row: Row) => readRow(row, data.timeZone, question);
  const history = (data.locus ?? []).map(line);
  const newest = wordOf(sortEvents(history).at(-1)?.code ?? '');
  const told = !data.latestStatus || newest === wordOf(safeCode(data.latestStatus));
  return found(question, told ? history : [...history, line(data)]);
}

function readRow(row: Row, timeZone: string | null | undefined, question: Question): TrackingEvent {
  const code = row.latestStatus || row.locusType || '';
  return trackingEvent({
    time: readMoment(row.latestStatusTime ?? '', row.timeZone || timeZone || ''),
    code,
    meaning: meaning(code, question),
    place: row.latestSite,
  });
}

function meaning(code: string, question: Question): Meaning | undefined {
  const word = wordOf(code);
  if (Object.hasOwn(STATUS, word)) return STATUS[word];
  if (word.startsWith('return')) return RETURNING;
  if (word.startsWith('arrived')) return 'in_transit';
  return meaningOf(STATUS, safeCode(code), question) ?? meaningOfWords(code);
}

/** `Out For Delivery` and `OutForDelivery` are one word; what has no Latin letters stays as it is. */
function wordOf(code: string): string {
  return code.toLowerCase().replace(/[^a-z]/g, '') || code;
}

/** `GMT+01:00`, `+8` or nothing beside a time without a zone. */
function readMoment(text: string, timeZone: string): EventTime {
  const [, direction, hours = '', minutes = '00'] = /([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(timeZone) ?? [];
  const offset =
    text === '' || direction === undefined ? '' : `${direction}${hours.padStart(2, '0')}:${minutes}`;
  return readTime(`${text}${offset}`, ZONE);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({ login: (signal) => login(own, io, signal), now: io.now });
  return async (number, { signal, country }) => {
    const readAt = io.now();
    const question = { carrier: ID, number, readAt, country, onUnknownCode: io.onUnknownCode };
    const param = { orderType: '1', orderNo: number, language: '2' };
    const answer = await session.withToken(
      signal,
      (token) => ask(io, request(own, { path: '/client/track/getOne', param, token }, readAt, signal)),
      isTokenRefused,
    );
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const imile: Carrier = {
  id: ID,
  name: 'iMile',
  countries: ['MA'],
  docs: {
    url: 'https://openapi.imile.com',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'Customer id and secret key of the contract, from the account manager',
    batch: 100,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'waybill',
      pattern: /^\d{13}$/,
      distinctive: false,
      valid: ['6000000000001', '6123456789012'],
      invalid: ['600000000001', '60000000000001', 'M000000000001'],
    },
  ],
  hosts: ['imile.com'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
