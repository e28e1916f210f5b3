/**
 * DHL Express, by one of two doors:
 * - `api: mydhl` (default): MyDHL API, OpenAPI 3.1.1 of November 2025, tracking of one shipment.
 *   Needs the API user and password of an Express account.
 * - `api: unified`: Shipment Tracking - Unified 1.5, needs only a key from the developer portal (250 calls a day).
 * Pages: developer.dhl.com/api-reference/dhl-express-mydhl-api and …/shipment-tracking, read 2026-11-23. Documented.
 *
 * Traps: MyDHL's `status: "Success"` is about the request, only `events[].typeCode` is about the parcel;
 * `GMTOffset` may be missing; not found is a 404 with a JSON body. Unified: times have no zone (local to the
 * event's place), `id` may be a number, and without `service=express` the same digits can be a parcel of
 * another DHL division.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track, TrackOptions } from './carrier.ts';
import { mod7 } from './check-digits.ts';
import { ask, requestId } from './http.ts';
import { readDay, readTime, zoneOfCountry } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'dhl';
/** DHL is everywhere: with neither an offset nor a country, an event's local time is read as UTC. */
const ZONE = 'UTC';
const MYDHL = 'https://express.api.dhl.com/mydhlapi';
const UNIFIED = 'https://api-eu.dhl.com';

const settings = z.discriminatedUnion('api', [
  z.strictObject({
    api: z.literal('mydhl').default('mydhl'),
    username: secret,
    password: secret,
    baseUrl: baseUrl(MYDHL),
  }),
  z.strictObject({ api: z.literal('unified'), apiKey: secret, baseUrl: baseUrl(UNIFIED) }),
]);
type Settings = z.infer<typeof settings>;

const PICKED_UP = { status: 'in_transit', substatus: 'picked_up' } as const;
const CUSTOMS = { status: 'in_transit', substatus: 'customs' } as const;
const CUSTOMS_HOLD = { status: 'exception', substatus: 'customs' } as const;
const BAD_ADDRESS = { status: 'attempt_fail', substatus: 'bad_address' } as const;

/** Event codes of the official list, shared by both doors. `CS` (closed) ends the file, not the journey. */
// prettier-ignore
const STATUS: StatusTable = {
  PU: PICKED_UP, SA: PICKED_UP,
  PL: 'in_transit', AF: 'in_transit', DF: 'in_transit', AR: 'in_transit', FD: 'in_transit', TR: 'in_transit',
  TP: 'in_transit', SM: 'in_transit', SC: 'in_transit', AD: 'in_transit', PY: 'in_transit', RR: 'in_transit',
  IC: CUSTOMS, CR: CUSTOMS, BR: CUSTOMS,
  WC: 'out_for_delivery',
  CC: 'available_for_pickup',
  OK: 'delivered',
  PD: { status: 'delivered', substatus: 'partial' },
  DD: { status: 'delivered', substatus: 'damaged' },
  NH: { status: 'attempt_fail', substatus: 'unreachable' },
  RD: { status: 'attempt_fail', substatus: 'refused' },
  BA: BAD_ADDRESS, CM: BAD_ADDRESS,
  ND: 'attempt_fail', CA: 'attempt_fail', MD: 'attempt_fail',
  CD: CUSTOMS_HOLD, UD: CUSTOMS_HOLD, BN: CUSTOMS_HOLD,
  OH: 'exception', HP: 'exception', MC: 'exception', MS: 'exception', SS: 'exception',
  DS: { status: 'exception', substatus: 'damaged' },
  RT: 'returned',
  CS: 'news',
};

/** The Unified API's own five words, for events whose two-letter code is missing. */
const UNIFIED_STATUS: StatusTable = {
  'pre-transit': 'info_received',
  transit: 'in_transit',
  delivered: 'delivered',
  failure: 'exception',
};

function request(own: Settings, number: string, { signal, country }: TrackOptions, now: number): HttpRequest {
  const path = encodeURIComponent(number);
  if (own.api === 'unified') {
    const query = new URLSearchParams({ trackingNumber: number, service: 'express', language: 'en' });
    if (country !== undefined) query.set('requesterCountryCode', country);
    return {
      method: 'GET',
      url: `${own.baseUrl}/track/shipments?${query.toString()}`,
      headers: { 'dhl-api-key': own.apiKey, accept: 'application/json' },
      signal,
    };
  }
  return {
    method: 'GET',
    url: `${own.baseUrl}/shipments/${path}/tracking?trackingView=all-checkpoints&levelOfDetail=shipment`,
    headers: {
      authorization: `Basic ${Buffer.from(`${own.username}:${own.password}`).toString('base64')}`,
      accept: 'application/json',
      'accept-language': 'eng',
      'message-reference': requestId(ID, number, now),
      'x-version': '3.1.0',
    },
    signal,
  };
}

const MyDhlAnswer = z.object({
  shipments: z.array(
    z.object({
      estimatedDeliveryDate: z.string().nullish(),
      events: z
        .array(
          z.object({
            date: z.string(),
            time: z.string(),
            GMTOffset: z.string().nullish(),
            typeCode: z.string(),
            serviceArea: z.array(z.object({ description: z.string().nullish() })).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
});

/** Reads a MyDHL tracking answer. */
export function parseMyDhl(body: unknown, question: Question): TrackingOutcome {
  const answer = MyDhlAnswer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const shipment = answer.data.shipments[0];
  if (shipment === undefined) return notFound(question);
  const events = (shipment.events ?? []).map((event) => {
    const area = event.serviceArea?.[0]?.description ?? null;
    const country = /-([A-Z]{2})$/.exec(area ?? '')?.[1];
    return trackingEvent({
      time: readTime(`${event.date}T${event.time}${event.GMTOffset ?? ''}`, localZone(country, question)),
      code: event.typeCode,
      meaning: meaningOf(STATUS, event.typeCode, question),
      place: area?.replace(/-([A-Z]{2})$/, ', $1'),
    });
  });
  return found(question, events, expected(shipment.estimatedDeliveryDate, question));
}

const UnifiedEvent = z.object({
  timestamp: z.string(),
  statusCode: z.string().nullish(),
  status: z.string().nullish(),
  location: z
    .object({
      address: z
        .object({ countryCode: z.string().nullish(), addressLocality: z.string().nullish() })
        .nullish(),
    })
    .nullish(),
});
const UnifiedAnswer = z.object({
  shipments: z.array(
    z.object({
      id: z.coerce.string(),
      estimatedTimeOfDelivery: z.string().nullish(),
      status: UnifiedEvent.nullish(),
      events: z.array(UnifiedEvent).nullish(),
    }),
  ),
});

/** Reads an answer of the Unified API. */
export function parseUnified(body: unknown, question: Question): TrackingOutcome {
  const answer = UnifiedAnswer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const shipment = answer.data.shipments.find(({ id }) => id === question.number);
  if (shipment === undefined) return notFound(question);
  const listed = shipment.events ?? [];
  const lines = listed.length > 0 ? listed : shipment.status ? [shipment.status] : [];
  const events = lines.map((line) => unifiedEvent(line, question)).filter((event) => event !== null);
  return found(question, events, expected(shipment.estimatedTimeOfDelivery, question));
}

function unifiedEvent(line: z.infer<typeof UnifiedEvent>, question: Question): TrackingEvent | null {
  const { address } = line.location ?? {};
  const general = line.statusCode ?? 'unknown';
  if (general === 'unknown' && !line.status) return null;
  return trackingEvent({
    time: readTime(line.timestamp, localZone(address?.countryCode, question)),
    code: line.status ?? general,
    meaning: unifiedMeaning(line.status ?? '', general, question),
    place: address?.addressLocality,
  });
}

function unifiedMeaning(code: string, general: string, question: Question): Meaning | undefined {
  if (Object.hasOwn(STATUS, code)) return STATUS[code];
  return Object.hasOwn(UNIFIED_STATUS, general)
    ? UNIFIED_STATUS[general]
    : meaningOf(STATUS, code || general, question);
}

/** Both doors answer 404 with a problem of this shape; a gateway's own 404 says nothing about the parcel. */
const Problem = z.object({ status: z.coerce.string(), title: z.string(), detail: z.string() });

function parseMissing(body: unknown, question: Question): TrackingOutcome {
  const problem = Problem.safeParse(body);
  return problem.success && problem.data.status === '404'
    ? notFound(question)
    : providerError(question, 'rejected');
}

function localZone(eventCountry: string | null | undefined, question: Question): string {
  return zoneOfCountry(eventCountry) ?? zoneOfCountry(question.country) ?? ZONE;
}

/** A day, or a day and a time; the time of an estimate is the end of the day and says nothing. */
function expected(text: string | null | undefined, question: Question): EventTime | null {
  return text ? readDay(text, localZone(null, question)) : null;
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const parse = own.api === 'unified' ? parseUnified : parseMyDhl;
  return async (number, options) => {
    const readAt = io.now();
    const question = {
      carrier: ID,
      number,
      readAt,
      country: options.country,
      onUnknownCode: io.onUnknownCode,
    };
    const answer = await ask(io, request(own, number, options, readAt), { alsoRead: [404] });
    if (answer.kind === 'failed') return failed(question, answer);
    return answer.status === 404 ? parseMissing(answer.body, question) : parse(answer.body, question);
  };
}

export const dhl: Carrier = {
  id: ID,
  name: 'DHL Express',
  countries: [],
  docs: {
    url: 'https://developer.dhl.com/api-reference/dhl-express-mydhl-api',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials:
      'MyDHL: API user and password of a DHL Express account, asked for at developer.dhl.com; Unified: a key from developer.dhl.com',
    batch: 200,
    limits: 'MyDHL: not published; Unified: 250 calls a day for a new key',
  },
  settings,
  baseUrl: MYDHL,
  numbers: [
    {
      name: 'waybill',
      pattern: /^\d{10,11}$/,
      check: mod7,
      distinctive: false,
      // Test waybills of the MyDHL documentation.
      valid: [
        '9356579890',
        '4818240420',
        '5584773180',
        '5786694550',
        '2449648740',
        '5980622760',
        '1234567891',
      ],
      invalid: ['9356579891', '4818240421', '1234567890'],
    },
    {
      name: 'piece',
      pattern: /^J[A-Z]{2,3}\d{9,10}$/,
      distinctive: true,
      valid: ['JVGL123456789', 'JJD1234567890'],
      invalid: ['JVGL12345678', 'XVGL123456789'],
    },
    {
      // Not documented; the long form printed on labels.
      name: 'piece, long form',
      pattern: /^JJ?D\d{16,20}$/,
      distinctive: true,
      valid: ['JD014600006281230701', 'JJD014600006281230701'],
      invalid: ['JD01460000628123'],
    },
  ],
  hosts: ['dhl.com'],
  zone: ZONE,
  trackingPage: (number, country) => {
    const market = ['NG', 'KE', 'EG', 'MA'].includes(country) ? country.toLowerCase() : 'global';
    return `https://www.dhl.com/${market}-en/home/tracking/tracking-parcel.html?submit=1&tracking-id=${encodeURIComponent(number)}`;
  },
  rate: { perSecond: 5, concurrent: 4 },
  connect,
};
