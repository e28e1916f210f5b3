/**
 * J&T Express Egypt, open platform, `POST /logistics/trace`.
 * Page: open.jtjms-eg.com/#/apiDoc, read 2026-11-23. The request, its signature and the errors are documented; the
 * scan codes are those of live Egyptian accounts in public code, because the published list (1-15) is not in use.
 *
 * Traps: errors are HTTP 200 with a `code`; the digest covers the very string that is sent; an unknown waybill is
 * left out of `data`, or has no details, as has one without a scan; scans without a code exist, so the label goes
 * first; times are Cairo's, summer time included; on the way back to the sender the delivery scans go on; `desc`
 * names the courier and both phones.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { meaningOfWords, normalizeWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'jt-egypt';
const ZONE = 'Africa/Cairo';
const BASE = 'https://openapi.jtjms-eg.com/webopenplatformapi/api';
const SUCCESS = '1';
/** Signature of the header, signature of the business. */
const BAD_SIGNATURE = ['145003030', '145003031'];

const settings = z.strictObject({ apiAccount: secret, privateKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const PICKED_UP = { status: 'in_transit', substatus: 'picked_up' } as const;
const RETURNING = { status: 'exception', substatus: 'returning' } as const;

/** By label without its "scan", and by code. An abnormal parcel is an attempt only after a delivery scan. */
// prettier-ignore
const STATUS: StatusTable = {
  pickup: PICKED_UP, 10: PICKED_UP,
  sending: 'in_transit', 50: 'in_transit', arrival: 'in_transit', 92: 'in_transit', 'enter branch': 'in_transit',
  delivery: 'out_for_delivery', 94: 'out_for_delivery',
  signing: 'delivered', 100: 'delivered',
  'abnormal parcels': 'exception', 110: 'exception', holding: 'exception', 'left over': 'exception', 120: 'exception',
  return: RETURNING, 'returned parcel': RETURNING, 172: RETURNING,
  'return signed': 'returned', 'return sign': 'returned', 111: 'returned',
};
const ABNORMAL = ['abnormal parcels', '110'];

/** Base64 of the raw MD5 of the content and the key. */
export function digest(bizContent: string, privateKey: string): string {
  return createHash('md5')
    .update(bizContent + privateKey)
    .digest('base64');
}

function request(own: Settings, number: string, now: number, signal: AbortSignal): HttpRequest {
  const bizContent = JSON.stringify({ billCodes: number });
  return {
    method: 'POST',
    url: `${own.baseUrl}/logistics/trace`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      apiAccount: own.apiAccount,
      timestamp: String(now),
      digest: digest(bizContent, own.privateKey),
    },
    body: new URLSearchParams({ bizContent }).toString(),
    signal,
  };
}

const Code = z.union([z.number(), z.string()]).transform(String);
const Scan = z.object({
  scanTime: z.string(),
  scanType: z.string().nullish(),
  scanTypeCode: Code.nullish(),
  scanNetworkCity: z.string().nullish(),
});
type Scan = z.infer<typeof Scan>;
const Answer = z.object({
  code: Code,
  data: z.array(z.object({ billCode: z.string(), details: z.array(Scan).nullish() })).nullish(),
});

/** Reads an answer of `/logistics/trace`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { code, data } = answer.data;
  if (code !== SUCCESS) return providerError(question, BAD_SIGNATURE.includes(code) ? 'auth' : 'rejected');
  const scans = data?.find(({ billCode }) => billCode === question.number)?.details ?? [];
  if (scans.length === 0) return notFound(question);
  const events = scans.map((scan) => readScan(scan, question));
  return found(question, inContext(sortEvents(events)));
}

/** The label is read where the table has it, else the code; what was read is what is kept. */
function readScan(
  { scanTime, scanType, scanTypeCode, scanNetworkCity }: Scan,
  question: Question,
): TrackingEvent {
  const label = labelOf(scanType ?? '');
  const code = Object.hasOwn(STATUS, label) ? scanType : scanTypeCode || scanType;
  return trackingEvent({
    time: readTime(scanTime, ZONE),
    code: code ?? '',
    meaning: meaningOf(STATUS, labelOf(code ?? ''), question) ?? meaningOfWords(label),
    place: scanNetworkCity,
  });
}

function labelOf(scanType: string): string {
  return normalizeWords(scanType).replace(/ scan$/, '');
}

/** What a scan means by those before it: on the way back to the sender, and after somebody tried to deliver. */
function inContext(events: readonly TrackingEvent[]): readonly TrackingEvent[] {
  let triedBefore = false;
  let turnedBack = false;
  return events.map((event) => {
    turnedBack ||= event.substatus === 'returning';
    triedBefore ||= event.status === 'out_for_delivery';
    if (turnedBack && event.status === 'delivered') return { ...event, status: 'returned' };
    if (turnedBack && event.status === 'out_for_delivery') return { ...event, ...RETURNING };
    if (triedBefore && !turnedBack && ABNORMAL.includes(labelOf(event.code)))
      return { ...event, status: 'attempt_fail' };
    return event;
  });
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const readAt = io.now();
    const question = { carrier: ID, number, readAt, country, onUnknownCode: io.onUnknownCode };
    const answer = await ask(io, request(own, number, readAt, signal));
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const jtEgypt: Carrier = {
  id: ID,
  name: 'J&T Express',
  countries: ['EG'],
  docs: {
    url: 'https://open.jtjms-eg.com',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'API account and private key of a certified developer, from open.jtjms-eg.com',
    batch: 30,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'waybill',
      pattern: /^JEG\d{12}$/,
      distinctive: true,
      valid: ['JEG000000000001', 'JEG123456789012'],
      invalid: ['JEG00000000001', 'JEG0000000000012', 'JET000000000001'],
    },
  ],
  hosts: ['jtexpress-eg.com', 'jtjms-eg.com'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
