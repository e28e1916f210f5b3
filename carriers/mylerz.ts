/**
 * Mylerz integration API: `POST /api/packages/GetPackageListStatus` says whether the parcel is known and where it
 * is, `POST /api/packages/TrackPackages` how it came there.
 * Page: integration.mylerz.net/Help (generated, no prose) and Mylerz' own WooCommerce plugin, read 2026-11-23. The
 * requests are documented; the rows of the history and most status words are those of merchants' public code.
 *
 * Traps: there is no list of statuses: two sentences are documented ("Delivered, Thank you :-)", "Rejected -
 * reason to be mentioned"), so words are read, in English and Arabic, in an order that never makes a delivery of
 * "not delivered"; what follows a dash is free text; an unknown barcode is HTTP 200 with an `ErrorMessage` in its
 * row; times have no zone; the history names couriers. Each country has its own host.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import type { Answer, Failure } from './http.ts';
import { readTime, zoneOfCountry } from './local-time.ts';
import { oauthLogin } from './oauth.ts';
import { failed, found, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { safeCode } from './place.ts';
import { createSession } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'mylerz';
const ZONE = 'Africa/Cairo';
const BASE = 'https://integration.mylerz.net';
const COUNTRIES = ['EG', 'DZ'];

const settings = z.strictObject({ username: secret, password: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

/** The first that fits; whole sentences where a word alone would say too much. */
const WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [/cancel|الغاء/, 'cancelled'],
  [/^returned( to (the )?(sender|shipper|merchant))?$/, 'returned'],
  [/return|مرتجع/, { status: 'exception', substatus: 'returning' }],
  [/refus|reject|رفض/, { status: 'attempt_fail', substatus: 'refused' }],
  [/fail|undeliver|not deliver|تعذر/, 'attempt_fail'],
  [/out for delivery|قيد التوصيل/, 'out_for_delivery'],
  [/^(data uploaded|ready for pickup)$/, 'info_received'],
  [/picked|transit|hub/, 'in_transit'],
  [/^(delivered|delivered, thank you : \)|تم التسليم|تم التوصيل)$/, 'delivered'],
];

/** Arabic vowel signs, hamza and stretching, which some write and some do not. */
const ARABIC_SIGNS = /[\u064b-\u0655\u0640]/g;

function meaningOf(status: string, question: Question): Meaning | undefined {
  const words = normalizeWords(status).replace(ARABIC_SIGNS, '');
  const meaning = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  if (meaning === undefined) question.onUnknownCode(question.carrier, safeCode(status));
  return meaning;
}

function loginRequest(own: Settings, signal: AbortSignal): HttpRequest {
  return {
    method: 'POST',
    url: `${own.baseUrl}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'password',
      username: own.username,
      password: own.password,
    }).toString(),
    signal,
  };
}

function packagesRequest(own: Settings, call: string, body: unknown, token: string, signal: AbortSignal) {
  return {
    method: 'POST',
    url: `${own.baseUrl}/api/packages/${call}`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify(body),
    signal,
  } as const;
}

const Row = z.object({
  BarCode: z.coerce.string(),
  Status: z.string().nullish(),
  StatusDate: z.string().nullish(),
  ErrorMessage: z.string().nullish(),
});
type Row = z.infer<typeof Row>;
const Step = z.object({
  StatusEnName: z.string().nullish(),
  StatusArName: z.string().nullish(),
  ChangedDate: z.string().nullish(),
});
const History = z.object({ Barcode: z.string().nullish(), TrackLog: z.array(Step).nullish() });

/** Every answer comes in this envelope; `IsErrorState` is an error at HTTP 200. */
function valueOf<Value extends z.ZodType>(row: Value) {
  return z.object({ IsErrorState: z.boolean(), Value: z.array(row).nullish() });
}
const StatusAnswer = valueOf(Row);
const HistoryAnswer = valueOf(History);

/** The row of the parcel in an answer of `GetPackageListStatus`, or the outcome when there is nothing more to ask. */
export function parseStatus(body: unknown, question: Question): Row | TrackingOutcome {
  const answer = StatusAnswer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  if (answer.data.IsErrorState) return providerError(question, 'rejected');
  const row = answer.data.Value?.find(({ BarCode }) => BarCode === question.number);
  return row === undefined || row.ErrorMessage ? notFound(question) : row;
}

/**
 * Reads an answer of `TrackPackages`, and adds the status where the history does not reach it. The status alone
 * is an answer too: an error about the history, or a history without rows, takes nothing from it.
 */
export function parseHistory(body: unknown, row: Row, question: Question): TrackingOutcome {
  const answer = HistoryAnswer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const steps =
    answer.data.Value?.find(({ Barcode }) => (Barcode ?? question.number) === question.number)?.TrackLog?.map(
      (step) => readStatus(step.StatusEnName || step.StatusArName, step.ChangedDate, question),
    ) ?? [];
  const current = readStatus(row.Status, row.StatusDate, question);
  const history = steps.filter((step) => step !== null);
  if (current === null) return found(question, history);
  const newest = sortEvents(history).at(-1)?.time.at ?? null;
  const reached = newest !== null && newest >= (current.time.at ?? newest);
  return found(question, reached ? history : [...history, current]);
}

/** A parcel nobody has handled yet has no status. */
function readStatus(
  text: string | null | undefined,
  date: string | null | undefined,
  question: Question,
): TrackingEvent | null {
  const [status = ''] = (text ?? '').split(' - ');
  if (status.trim() === '') return null;
  return trackingEvent({
    time: readDate(date ?? '', question),
    code: status,
    meaning: meaningOf(status, question),
    place: null,
  });
}

function readDate(text: string, { country = '' }: Question): EventTime {
  return readTime(text, COUNTRIES.includes(country) ? (zoneOfCountry(country) ?? ZONE) : ZONE);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({
    login: (signal) => oauthLogin(io, loginRequest(own, signal)),
    now: io.now,
  });
  const post = (call: string, body: unknown, signal: AbortSignal): Promise<Answer | Failure> =>
    session.withToken(signal, (token) => ask(io, packagesRequest(own, call, body, token, signal)));

  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const status = await post('GetPackageListStatus', [number], signal);
    if (status.kind === 'failed') return failed(question, status);
    const row = parseStatus(status.body, question);
    if ('kind' in row) return row;
    const history = await post('TrackPackages', [{ barcode: number }], signal);
    return history.kind === 'failed' ? failed(question, history) : parseHistory(history.body, row, question);
  };
}

export const mylerz: Carrier = {
  id: ID,
  name: 'Mylerz',
  countries: COUNTRIES,
  docs: {
    url: 'https://integration.mylerz.net/Help',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'User and password of the merchant account; outside Egypt also the host of the country',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'barcode',
      pattern: /^\d{14}$/,
      distinctive: false,
      valid: ['10000000000001', '20240000000017'],
      invalid: ['1000000000001', '100000000000001', 'M0000000000001'],
    },
  ],
  hosts: ['mylerz.net'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
