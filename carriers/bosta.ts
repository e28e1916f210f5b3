/**
 * Bosta API v2, `GET /deliveries/business/{number}`.
 * Page: docs.bosta.co (delivery status webhook, international webhook), read 2026-11-23. The states are documented;
 * the shape of the answer is that of live accounts in public code, and so are the numbers of the types.
 *
 * Traps: what a state means depends on the type: of a parcel that goes to the merchant, 41 and 45 are its way
 * home, and of an international one 45 is out of customs and 60 delivered; the timeline is coarse and keeps no
 * failed attempt, only `state` tells of it; `state` and `type` are a number, a string or an object; dates outside
 * the timeline are those of JavaScript's `Date`; 429 says how long to wait in its body.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, HttpResponse, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'bosta';
const ZONE = 'Africa/Cairo';
const BASE = 'https://app.bosta.co/api/v2';

const settings = z.strictObject({ apiKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const RETURNING = { status: 'exception', substatus: 'returning' } as const;

// prettier-ignore
const STATUS: StatusTable = {
  10: 'info_received', 11: 'info_received', 20: 'info_received',
  21: { status: 'in_transit', substatus: 'picked_up' },
  22: 'in_transit', 23: 'in_transit', 24: 'in_transit', 25: 'in_transit', 30: 'in_transit', 40: 'in_transit',
  41: 'out_for_delivery', 45: 'delivered', 47: 'attempt_fail',
  46: 'returned', 60: 'returned',
  48: 'cancelled', 49: 'cancelled',
  100: { status: 'exception', substatus: 'lost' },
  101: { status: 'exception', substatus: 'damaged' },
  102: 'exception', 103: 'exception', 105: 'exception',
  104: 'news',
};

/** Parcels on their way to the merchant: the delivery is the hand-back. */
const TO_MERCHANT: StatusTable = { ...STATUS, 41: RETURNING, 45: 'returned', 47: RETURNING };

const INTERNATIONAL: StatusTable = {
  ...STATUS,
  45: { status: 'in_transit', substatus: 'customs' },
  60: 'delivered',
};

/** Return to origin, customer return pickup, exchange. */
const MERCHANT_TYPES = ['20', '25', '30'];
const MERCHANT_WORDS = /\b(rto|return|crp|exchange)\b/;

function request(own: Settings, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/deliveries/business/${encodeURIComponent(number)}`,
    headers: { authorization: own.apiKey, accept: 'application/json' },
    signal,
  };
}

const Code = z.union([z.number(), z.string()]).transform(String);
/** A bare value is the code, or in some answers the word. */
const CodeAndValue = z.union([
  z.object({ code: Code.nullish(), value: z.string().nullish() }),
  Code.transform((text) => ({ code: text, value: text })),
]);
const Step = z.object({ code: Code, done: z.boolean().nullish(), date: z.string().nullish() });
const Delivery = z.object({
  state: CodeAndValue,
  type: CodeAndValue.nullish(),
  timeline: z.array(Step).nullish(),
  updatedAt: z.string().nullish(),
});
type Delivery = z.infer<typeof Delivery>;
const Answer = z.union([z.object({ success: z.literal(false) }), z.object({ data: Delivery })]);

/** Reads an answer of `/deliveries/business/{number}` that came with 2xx. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  if ('success' in answer.data) return providerError(question, 'rejected');
  const { data } = answer.data;
  const table = tableOf(data);
  const line = (code: string, time: EventTime): TrackingEvent =>
    trackingEvent({ time, code, meaning: meaningOf(table, code, question), place: null });

  const done = (data.timeline ?? []).flatMap(({ code, done, date }) =>
    done === true && date ? [line(code, readTime(date, ZONE))] : [],
  );
  const current = data.state.code ?? data.state.value ?? '';
  const told = sortEvents(done).at(-1)?.code === current;
  return found(question, told ? done : [...done, line(current, readDate(data.updatedAt ?? ''))]);
}

function tableOf({ type }: Delivery): StatusTable {
  const words = normalizeWords(type?.value ?? '');
  if (MERCHANT_TYPES.includes(type?.code ?? '') || MERCHANT_WORDS.test(words)) return TO_MERCHANT;
  return words.includes('international') ? INTERNATIONAL : STATUS;
}

/** `Thu Nov 05 2026 07:30:00 GMT+0000 (Coordinated Universal Time)`, or ISO. */
function readDate(text: string): EventTime {
  const date = text.replace(/\s*\(.*\)$/, '');
  return date.includes('GMT')
    ? readTime(date, ZONE, "EEE MMM dd yyyy HH:mm:ss 'GMT'ZZZ")
    : readTime(date, ZONE);
}

const Problem = z.object({ success: z.literal(false) });
const Wait = z.object({ retryAfter: z.coerce.number().int().nonnegative() });

/** Puts the seconds to wait where HTTP has them, when Bosta says them only in the body. */
function withRetryAfter(response: HttpResponse): HttpResponse {
  if (response.status !== 429 || 'retry-after' in response.headers) return response;
  try {
    const { retryAfter } = Wait.parse(JSON.parse(response.body));
    return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfter) } };
  } catch {
    return response;
  }
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const http = async (asked: HttpRequest) => withRetryAfter(await io.http(asked));
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await ask({ http, now: io.now }, request(own, number, signal), { alsoRead: [404] });
    if (answer.kind === 'failed') return failed(question, answer);
    if (answer.status !== 404) return parse(answer.body, question);
    return Problem.safeParse(answer.body).success ? notFound(question) : providerError(question, 'rejected');
  };
}

export const bosta: Carrier = {
  id: ID,
  name: 'Bosta',
  countries: ['EG'],
  docs: {
    url: 'https://docs.bosta.co',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'API key of the business account, from the Bosta dashboard',
    batch: 1,
    limits: 'not published; 429 tells how long to wait',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'tracking number',
      pattern: /^\d{7,10}$/,
      distinctive: false,
      valid: ['12345678', '7654321', '1234567890'],
      invalid: ['123456', '12345678901', 'A1234567'],
    },
  ],
  hosts: ['bosta.co'],
  zone: ZONE,
  trackingPage: (number) =>
    `https://bosta.co/en-eg/tracking-shipments?shipment-number=${encodeURIComponent(number)}`,
  rate: { perSecond: 5, concurrent: 5 },
  connect,
};
