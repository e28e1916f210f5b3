/**
 * Aramex Shipments Tracking API, Service_1_0, the JSON door of the WCF service (its SOAP twin is not used).
 * Page: www.aramex.com/us/en/developers-solution-center/aramex-apis, read 2026-11-23. The wire format is
 * documented (WSDL); the update codes are not official: three live accounts (Egypt, Morocco, Tunisia) agree on them.
 *
 * Traps: always HTTP 200, errors are `HasErrors` + `Notifications`; without the `Accept` header it answers XML;
 * `/Date(ms+hhmm)/` counts UTC milliseconds already, the suffix is only how to show them; delivered has several
 * codes, and SH239 (charges paid) comes after it; SH154, SH007, SH236, SH408 and SH034 look like deliveries
 * (part of it, to a post office, documents) and are not.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask, requestId } from './http.ts';
import { fromMillis, readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { meaningOfWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'aramex';
const ZONE = 'UTC';
const BASE = 'https://ws.aramex.net/ShippingAPI.V2/Tracking/Service_1_0.svc';
/** `Source` tells Aramex who calls: 24 is an API client. */
const SOURCE = 24;

const settings = z.strictObject({
  username: secret,
  password: secret,
  accountNumber: secret,
  accountPin: secret,
  /** Three letters of the account's station, for example `CAI`. */
  accountEntity: z.string().regex(/^[A-Z]{3}$/, 'three capital letters, for example CAI'),
  accountCountry: z.string().regex(/^[A-Z]{2}$/, 'two capital letters, for example EG'),
  baseUrl: baseUrl(BASE),
});
type Settings = z.infer<typeof settings>;

const PICKED_UP = { status: 'in_transit', substatus: 'picked_up' } as const;
const CUSTOMS = { status: 'in_transit', substatus: 'customs' } as const;
const CUSTOMS_HOLD = { status: 'exception', substatus: 'customs' } as const;
const RESCHEDULED = { status: 'exception', substatus: 'rescheduled' } as const;
const RETURNING = { status: 'exception', substatus: 'returning' } as const;

// prettier-ignore
const STATUS: StatusTable = {
  SH014: 'info_received', SH203: 'info_received', SH278: 'info_received', SH308: 'info_received', SH312: 'info_received',
  SH012: PICKED_UP, SH314: PICKED_UP, SH047: PICKED_UP, SH406: PICKED_UP, SH434: PICKED_UP,
  SH001: 'in_transit', SH160: 'in_transit', SH022: 'in_transit', SH110: 'in_transit', SH272: 'in_transit',
  SH077: 'in_transit', SH475: 'in_transit', SH073: 'in_transit', SH252: 'in_transit', SH222: 'in_transit',
  SH228: 'in_transit', SH259: 'in_transit', SH260: 'in_transit', SH495: 'in_transit', SH273: 'in_transit',
  SH513: 'in_transit', SH261: 'in_transit', SH271: 'in_transit', SH369: 'in_transit', SH270: 'in_transit',
  SH249: 'in_transit', SH556: 'in_transit', SH516: 'in_transit', SH295: 'in_transit', SH296: 'in_transit',
  SH521: 'in_transit', SH070: 'in_transit',
  SH041: CUSTOMS, SH464: CUSTOMS, SH466: CUSTOMS, SH469: CUSTOMS,
  SH003: 'out_for_delivery', SH004: 'out_for_delivery', SH281: 'out_for_delivery',
  SH164: 'available_for_pickup', SH499: 'available_for_pickup', SH533: 'available_for_pickup',
  SH532: 'available_for_pickup', SH560: 'available_for_pickup',
  SH005: 'delivered', SH006: 'delivered', SH234: 'delivered', SH496: 'delivered', SH534: 'delivered',
  SH239: 'news',
  SH154: { status: 'in_transit', substatus: 'partial' },
  SH007: 'in_transit', SH236: 'in_transit', SH408: 'in_transit', SH034: 'in_transit',
  SH033: { status: 'attempt_fail', substatus: 'refused' },
  SH294: { status: 'attempt_fail', substatus: 'unreachable' },
  SH515: 'attempt_fail', SH410: 'attempt_fail', SH157: 'attempt_fail', SH257: 'attempt_fail', SH479: 'attempt_fail',
  SH044: RESCHEDULED, SH076: RESCHEDULED, SH376: RESCHEDULED,
  SH008: 'exception', SH275: 'exception', SH381: 'exception', SH162: 'exception',
  SH375: { status: 'exception', substatus: 'bad_address' },
  SH043: 'exception', SH074: 'exception', SH480: 'exception',
  SH156: CUSTOMS_HOLD, SH158: CUSTOMS_HOLD, SH163: CUSTOMS_HOLD, SH462: CUSTOMS_HOLD, SH467: CUSTOMS_HOLD,
  SH468: CUSTOMS_HOLD, SH470: CUSTOMS_HOLD, SH471: CUSTOMS_HOLD, SH472: CUSTOMS_HOLD, SH473: CUSTOMS_HOLD,
  SH280: CUSTOMS_HOLD,
  SH299: 'exception', SH492: 'exception', SH531: 'exception',
  SH474: RETURNING, SH498: RETURNING,
  SH069: 'returned', SH407: 'returned', SH559: 'returned',
  SH313: 'cancelled',
};

function request(own: Settings, number: string, now: number, signal: AbortSignal): HttpRequest {
  return {
    method: 'POST',
    url: `${own.baseUrl}/json/TrackShipments`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      ClientInfo: {
        UserName: own.username,
        Password: own.password,
        Version: 'v1.0',
        AccountNumber: own.accountNumber,
        AccountPin: own.accountPin,
        AccountEntity: own.accountEntity,
        AccountCountryCode: own.accountCountry,
        Source: SOURCE,
      },
      Transaction: { Reference1: requestId(ID, number, now) },
      Shipments: [number],
      GetLastTrackingUpdateOnly: false,
    }),
    signal,
  };
}

const Line = z.object({
  UpdateCode: z.string(),
  UpdateDescription: z.string().nullish(),
  UpdateDateTime: z.string(),
  UpdateLocation: z.string().nullish(),
});
/** A list of key and value, or, through some gateways, a plain map. */
const Results = z.union([
  z
    .array(z.object({ Key: z.string(), Value: z.array(Line) }))
    .transform((pairs) => new Map(pairs.map(({ Key, Value }) => [Key, Value]))),
  z.record(z.string(), z.array(Line)).transform((map) => new Map(Object.entries(map))),
]);
const Answer = z.object({
  HasErrors: z.boolean(),
  Notifications: z.array(z.object({ Code: z.string() })).nullish(),
  TrackingResults: Results.nullish(),
  NonExistingWaybills: z.array(z.string()).nullish(),
});

/** Reads a `TrackShipments` answer. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { HasErrors, Notifications, TrackingResults } = answer.data;
  if (HasErrors) {
    const refused = Notifications?.some(({ Code }) => Code === 'ERR01') === true;
    return providerError(question, refused ? 'auth' : 'rejected');
  }
  const lines = TrackingResults?.get(question.number);
  // In `NonExistingWaybills`, or in neither list: Aramex does not know it.
  if (lines === undefined) return notFound(question);
  return found(
    question,
    lines.map((line) => readLine(line, question)),
  );
}

function readLine(line: z.infer<typeof Line>, question: Question): TrackingEvent {
  return trackingEvent({
    time: readDate(line.UpdateDateTime),
    code: line.UpdateCode,
    // Codes differ between regions: what no table lists is reported, and then read by its words.
    meaning: meaningOf(STATUS, line.UpdateCode, question) ?? meaningOfWords(line.UpdateDescription ?? ''),
    place: line.UpdateLocation,
  });
}

/** The suffix of `/Date(ms+hhmm)/` is the clock the event was read on. */
function readDate(text: string): EventTime {
  const [, milliseconds, offset] = /^\/Date\((-?\d+)([+-]\d{4})?\)\/$/.exec(text) ?? [];
  if (milliseconds === undefined) return readTime(text, ZONE);
  const zone = offset === undefined ? ZONE : `UTC${offset.slice(0, 3)}:${offset.slice(3)}`;
  return fromMillis(Number(milliseconds), zone);
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

export const aramex: Carrier = {
  id: ID,
  name: 'Aramex',
  countries: [],
  docs: {
    url: 'https://www.aramex.com/us/en/developers-solution-center/aramex-apis',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials:
      'User, password, account number, PIN and entity of an Aramex account, from the account manager',
    batch: 50,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'waybill, 11 digits',
      pattern: /^[34]\d{10}$/,
      distinctive: false,
      valid: ['40000000001', '31234567890'],
      invalid: ['20000000001', '4000000001'],
    },
    {
      name: 'waybill',
      pattern: /^\d{10,12}$/,
      distinctive: false,
      valid: ['1234567890', '123456789013'],
      invalid: ['123456789', '1234567890123'],
    },
  ],
  hosts: ['aramex.com', 'aramex.net'],
  zone: ZONE,
  trackingPage: (number, country) => {
    const market = country === 'EG' ? 'eg/en/' : '';
    return `https://www.aramex.com/${market}track/results?ShipmentNumber=${encodeURIComponent(number)}`;
  },
  rate: { perSecond: 2, concurrent: 4 },
  connect,
};
