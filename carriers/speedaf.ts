/**
 * Speedaf Open API, track query v2 (plain JSON) and v1 (signed and encrypted).
 * Page: apis.speedaf.com/doc (track_query, V1.2 of July 2026), read 2026-11-23; the plain reply of v2 as a merchant's
 * public code saw it on a live Moroccan account.
 *
 * Traps: refusals come at HTTP 200 with an error code; `time` has no zone and the field beside it is the offset in
 * hours; the order of the tracks is not told; the reply is sometimes one envelope deeper; v1 wants DES, which Node
 * refuses: triple DES with the same key three times gives the same bytes.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, ProviderErrorReason, StatusTable, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'speedaf';
const ZONE = 'Africa/Lagos';
const BASE = 'https://apis.speedaf.com';

const settings = z.discriminatedUnion('api', [
  z.strictObject({ api: z.literal('v2').default('v2'), appCode: secret, baseUrl: baseUrl(BASE) }),
  z.strictObject({
    api: z.literal('v1'),
    appCode: secret,
    /** At least eight characters: the first eight are the key. */
    secretKey: z.string().min(8, 'must have at least 8 characters'),
    baseUrl: baseUrl(BASE),
  }),
]);
type Settings = z.infer<typeof settings>;

const MOVING: Meaning = 'in_transit';
const CUSTOMS: Meaning = { status: 'in_transit', substatus: 'customs' };
const EXCEPTION: Meaning = 'exception';

/** By `action`, and by `subAction` where a problem has one. */
const STATUS: StatusTable = {
  '10': 'info_received',
  '-10': 'cancelled',
  '1': { status: 'in_transit', substatus: 'picked_up' },
  '2': MOVING,
  '2001': MOVING,
  '2002': MOVING,
  '3': MOVING,
  '3001': MOVING,
  '150': MOVING,
  '181': MOVING,
  '190': MOVING,
  '220': MOVING,
  '230': MOVING,
  '375': MOVING,
  '402': CUSTOMS,
  '360': CUSTOMS,
  '370': CUSTOMS,
  '401': { status: 'exception', substatus: 'customs' },
  '4': 'out_for_delivery',
  '16': 'delivered',
  '18': 'delivered',
  '5': 'delivered',
  IP01: { status: 'attempt_fail', substatus: 'unreachable' },
  IP05: { status: 'attempt_fail', substatus: 'refused' },
  IP06: { status: 'attempt_fail', substatus: 'rescheduled' },
  IP02: { status: 'exception', substatus: 'bad_address' },
  IP03: EXCEPTION,
  IP04: EXCEPTION,
  IP07: EXCEPTION,
  IP10: EXCEPTION,
  IP11: { status: 'exception', substatus: 'lost' },
  IP12: { status: 'exception', substatus: 'damaged' },
  IP13: EXCEPTION,
  IP14: EXCEPTION,
  IP16: EXCEPTION,
  '5573': EXCEPTION,
  IP08: 'available_for_pickup',
  IP09: { status: 'exception', substatus: 'returning' },
  '-710': { status: 'exception', substatus: 'returning' },
  '730': 'returned',
  '-20': 'returned',
};

/** By the error code's first digits: signature, app, time stamp, address list and permission are ours to mend. */
function errorReason(code: string): ProviderErrorReason {
  return /^70[1-8]/.test(code) ? 'auth' : 'rejected';
}

const DES_IV = Buffer.from('1234567890abcdef', 'hex');

/** DES in CBC, as triple DES with the same key three times. */
function desKey(secretKey: string): Buffer {
  const key = Buffer.from(secretKey.slice(0, 8), 'latin1');
  return Buffer.concat([key, key, key]);
}

/** The encrypted body of v1: the signed data, as Base64. */
export function sealed(secretKey: string, timestamp: number, data: string): string {
  const sign = createHash('md5').update(`${timestamp}${secretKey}${data}`).digest('hex');
  const cipher = createCipheriv('des-ede3-cbc', desKey(secretKey), DES_IV);
  return cipher.update(JSON.stringify({ sign, data }), 'utf8', 'base64') + cipher.final('base64');
}

/** The `data` of a v1 reply: encrypted, or a plain JSON string. Undefined when it is neither. */
function unsealed(secretKey: string, data: string): unknown {
  const plain = tryJson(data);
  if (plain !== undefined) return plain;
  try {
    const decipher = createDecipheriv('des-ede3-cbc', desKey(secretKey), DES_IV);
    return tryJson(decipher.update(data, 'base64', 'utf8') + decipher.final('utf8'));
  } catch {
    return undefined;
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function request(own: Settings, number: string, timestamp: number, signal: AbortSignal): HttpRequest {
  const query = new URLSearchParams({ appCode: own.appCode, timestamp: String(timestamp) });
  const data = { mailNoList: [number] };
  const path = own.api === 'v2' ? '/open-api/express/track/v2/query' : '/open-api/express/track/query';
  return {
    method: 'POST',
    url: `${own.baseUrl}${path}?${query.toString()}`,
    headers: {
      'content-type': own.api === 'v2' ? 'application/json' : 'text/plain',
      accept: 'application/json',
    },
    body:
      own.api === 'v2' ? JSON.stringify({ data }) : sealed(own.secretKey, timestamp, JSON.stringify(data)),
    signal,
  };
}

const code = z.union([z.string(), z.number().transform(String)]);
const Line = z.object({
  action: code,
  subAction: code.nullish(),
  time: z.string(),
  timezone: z.union([z.number(), z.string().transform(Number)]).nullish(),
  city: z.string().nullish(),
});
const Shipments = z.array(z.object({ mailNo: z.string().nullish(), tracks: z.array(Line).nullish() }));
const Refusal = z.object({ success: z.literal(false), error: z.object({ code }) });
const Reply = z.object({ success: z.literal(true), data: z.unknown() });
const Deeper = z.object({ data: Shipments });

/** Reads a reply that came with 2xx. `secretKey` opens the data of v1. */
export function parse(body: unknown, question: Question, secretKey?: string): TrackingOutcome {
  const refusal = Refusal.safeParse(body);
  if (refusal.success) return providerError(question, errorReason(refusal.data.error.code));
  const reply = Reply.safeParse(body);
  if (!reply.success) return providerError(question, 'malformed');
  const { data } = reply.data;
  const opened = typeof data === 'string' && secretKey !== undefined ? unsealed(secretKey, data) : data;
  const shipments = z.union([Shipments, Deeper.transform((deeper) => deeper.data)]).safeParse(opened);
  if (!shipments.success) return providerError(question, 'malformed');
  const tracks = shipments.data.find(({ mailNo }) => mailNo === question.number)?.tracks ?? [];
  if (tracks.length === 0) return notFound(question);
  return found(
    question,
    tracks.map((line) => {
      const known = line.subAction && Object.hasOwn(STATUS, line.subAction) ? line.subAction : line.action;
      const meaning = meaningOf(STATUS, known, question);
      return trackingEvent({ time: timeOf(line), code: known, meaning, place: line.city });
    }),
  );
}

/** The offset beside the time makes it exact; what was written stays as it was. */
function timeOf({ time, timezone }: z.infer<typeof Line>): EventTime {
  if (timezone === null || timezone === undefined || !Number.isFinite(timezone)) return readTime(time, ZONE);
  const minutes = Math.round(Math.abs(timezone) * 60);
  const offset = `${timezone < 0 ? '-' : '+'}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return { ...readTime(`${time}${offset}`, ZONE), local: time };
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const now = io.now();
    const question = { carrier: ID, number, readAt: now, country, onUnknownCode: io.onUnknownCode };
    const answer = await ask(io, request(own, number, now, signal));
    if (answer.kind === 'failed') return failed(question, answer);
    return parse(answer.body, question, own.api === 'v1' ? own.secretKey : undefined);
  };
}

export const speedaf: Carrier = {
  id: ID,
  name: 'Speedaf',
  countries: ['NG', 'KE', 'EG', 'MA', 'GH', 'UG'],
  docs: {
    url: 'https://apis.speedaf.com/doc',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'appCode (and secretKey for v1) of a Speedaf open platform account',
    batch: 10,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'Speedaf waybill',
      pattern: /^(?:NG|KE|EG|MA|GH|UG)\d{12}$/,
      distinctive: true,
      valid: ['MA020000000001', 'NG020000000001'],
      invalid: ['MA02000000001', 'XX020000000001'],
    },
    {
      name: 'Speedaf waybill of digits',
      pattern: /^\d{14}$/,
      distinctive: false,
      valid: ['86254000000001'],
      invalid: ['8625400000001'],
    },
  ],
  hosts: ['speedaf.com'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 3, concurrent: 3 },
  connect,
};
