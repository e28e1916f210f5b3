/**
 * UPS Tracking API v1, "Track by Inquiry Number", with an OAuth2 client.
 * Page: developer.ups.com/tag/Tracking (UPS-API tracking YAML), read 2026-11-23. Documented; the fallback by
 * `type` is general knowledge, the specification does not list its letters.
 *
 * Traps: not found is HTTP 200 with a warning TW0001, or 404; `date` and `time` are local without a zone, so the
 * GMT pair is read when it is there (its parts may be unpadded); newest first; the token's address is not below
 * the API's base path.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ups1Z } from './check-digits.ts';
import { ask, requestId } from './http.ts';
import { readDay, readTime, zoneOfCountry } from './local-time.ts';
import { oauthLogin } from './oauth.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { createSession } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'ups';
const ZONE = 'UTC';
const BASE = 'https://onlinetools.ups.com/api';

const settings = z.strictObject({ clientId: secret, clientSecret: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const PICKED_UP = { status: 'in_transit', substatus: 'picked_up' } as const;
const CUSTOMS = { status: 'in_transit', substatus: 'customs' } as const;
const RETURNING = { status: 'exception', substatus: 'returning' } as const;

// prettier-ignore
const STATUS: StatusTable = {
  '003': 'info_received', '157': 'info_received',
  '005': 'in_transit', '010': 'in_transit', '038': PICKED_UP, '160': PICKED_UP,
  '012': CUSTOMS, '092': CUSTOMS, '014': CUSTOMS, '084': CUSTOMS,
  '006': 'out_for_delivery', '021': 'out_for_delivery', '037': 'out_for_delivery', '089': 'out_for_delivery',
  '091': 'out_for_delivery', '146': 'out_for_delivery', '162': 'out_for_delivery',
  '017': 'available_for_pickup', '040': 'available_for_pickup', '161': 'available_for_pickup',
  '011': 'delivered', '026': 'delivered',
  '022': 'attempt_fail', '023': 'attempt_fail', '024': 'attempt_fail', '060': 'attempt_fail', '061': 'attempt_fail',
  '062': 'attempt_fail', '145': 'attempt_fail',
  '013': 'exception', '029': 'exception', '046': 'exception', '048': 'exception', '049': 'exception',
  '059': 'exception', '081': 'exception', '068': 'exception', '069': 'exception', '147': 'exception', '149': 'exception',
  '064': { status: 'exception', substatus: 'refused' },
  '033': RETURNING, '035': RETURNING, '036': RETURNING, '118': RETURNING, '119': RETURNING,
  '034': 'returned',
  '007': 'cancelled', '043': 'cancelled',
};

/** For codes that no table lists. `DO`, `DD` and `W` are scans at a freight terminal, not deliveries. */
const TYPE: StatusTable = {
  M: 'info_received',
  MV: 'cancelled',
  P: 'in_transit',
  I: 'in_transit',
  DO: 'in_transit',
  DD: 'in_transit',
  W: 'in_transit',
  O: 'out_for_delivery',
  X: 'exception',
  RS: 'returned',
};

function loginRequest(own: Settings, signal: AbortSignal): HttpRequest {
  return {
    method: 'POST',
    url: `${own.baseUrl.replace(/\/api$/, '')}/security/v1/oauth/token`,
    headers: {
      authorization: `Basic ${Buffer.from(`${own.clientId}:${own.clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: 'grant_type=client_credentials',
    signal,
  };
}

function trackRequest(
  own: Settings,
  token: string,
  number: string,
  now: number,
  signal: AbortSignal,
): HttpRequest {
  const path = encodeURIComponent(number);
  return {
    method: 'GET',
    url: `${own.baseUrl}/track/v1/details/${path}?locale=en_US&returnSignature=false&returnMilestones=true`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      transId: requestId(ID, number, now),
      transactionSrc: 'wismo',
    },
    signal,
  };
}

const Activity = z.object({
  date: z.string().nullish(),
  time: z.string().nullish(),
  gmtDate: z.string().nullish(),
  gmtTime: z.string().nullish(),
  location: z
    .object({
      address: z.object({ city: z.string().nullish(), countryCode: z.string().nullish() }).nullish(),
    })
    .nullish(),
  status: z.object({
    type: z.string().nullish(),
    code: z.string().nullish(),
    statusCode: z.string().nullish(),
  }),
});
type Activity = z.infer<typeof Activity>;
const Package = z.object({
  trackingNumber: z.string().nullish(),
  deliveryDate: z.array(z.object({ type: z.string().nullish(), date: z.string() })).nullish(),
  activity: z.array(Activity).nullish(),
});
const Answer = z.object({
  trackResponse: z.object({
    shipment: z
      .array(
        z.object({
          warnings: z.array(z.object({ code: z.string() })).nullish(),
          package: z.array(Package).nullish(),
        }),
      )
      .min(1),
  }),
});

/** Reads an answer of `/track/v1/details/{number}`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const shipments = answer.data.trackResponse.shipment;
  const packages = shipments.flatMap((shipment) => shipment.package ?? []);
  const own = packages.find(({ trackingNumber }) => trackingNumber === question.number) ?? packages[0];
  if (own !== undefined) {
    const events = (own.activity ?? []).map((activity) => readActivity(activity, question));
    return found(question, events, expected(own, question));
  }
  const warnings = shipments.flatMap((shipment) => shipment.warnings ?? []);
  if (warnings.some(({ code }) => code === 'TW0001')) return notFound(question);
  return providerError(question, warnings.length > 0 ? 'rejected' : 'malformed');
}

function readActivity(activity: Activity, question: Question): TrackingEvent {
  const { city, countryCode } = activity.location?.address ?? {};
  const { statusCode, code, type } = activity.status;
  return trackingEvent({
    time: readMoment(activity, zoneOfCountry(countryCode) ?? zoneOfCountry(question.country) ?? ZONE),
    code: statusCode || code || type || '',
    meaning: meaning(statusCode ?? '', type ?? '', question),
    place: [city, countryCode].filter(Boolean).join(', '),
  });
}

/** By the numeric code; a code that no table lists is reported, and then read by its type: `D` only without a code. */
function meaning(statusCode: string, type: string, question: Question): Meaning | undefined {
  if (statusCode !== '') {
    const known = meaningOf(STATUS, statusCode, question);
    if (known !== undefined) return known;
  } else if (type === 'D') return 'delivered';
  if (statusCode === '') return meaningOf(TYPE, type, question);
  return Object.hasOwn(TYPE, type) ? TYPE[type] : undefined;
}

function readMoment({ date, time, gmtDate, gmtTime }: Activity, zone: string): EventTime {
  const local = `${day(date ?? '')}T${clock(time ?? '')}`;
  if (!gmtDate || !gmtTime) return readTime(local, zone);
  return readTime(`${day(gmtDate)}T${clock(gmtTime)}Z`, zone);
}

/** `20261106` as `2026-11-06`. */
function day(text: string): string {
  return text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
}

/** `083000`, `07:30:00` and the unpadded `7:5:0` as `08:30:00`; midnight when there is no time. */
function clock(text: string): string {
  const parts = text.includes(':') ? text.split(':') : text.padStart(6, '0').match(/\d{2}/g);
  return (parts ?? []).map((part) => part.padStart(2, '0')).join(':');
}

function expected({ deliveryDate }: z.infer<typeof Package>, question: Question): EventTime | null {
  // Rescheduled goes before scheduled; `DEL` is the delivery itself.
  const promise = ['RDD', 'SDD'].map((kind) => deliveryDate?.find(({ type }) => type === kind)).find(Boolean);
  return promise ? readDay(day(promise.date), zoneOfCountry(question.country) ?? ZONE) : null;
}

const Problem = z.object({ response: z.object({ errors: z.array(z.object({ code: z.string() })).min(1) }) });

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({
    login: (signal) => oauthLogin(io, loginRequest(own, signal)),
    now: io.now,
  });
  return async (number, { signal, country }) => {
    const readAt = io.now();
    const question = { carrier: ID, number, readAt, country, onUnknownCode: io.onUnknownCode };
    const answer = await session.withToken(signal, (token) =>
      ask(io, trackRequest(own, token, number, readAt, signal), { alsoRead: [404] }),
    );
    if (answer.kind === 'failed') return failed(question, answer);
    if (answer.status !== 404) return parse(answer.body, question);
    return Problem.safeParse(answer.body).success ? notFound(question) : providerError(question, 'rejected');
  };
}

export const ups: Carrier = {
  id: ID,
  name: 'UPS',
  countries: [],
  docs: {
    url: 'https://developer.ups.com/tag/Tracking',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'Client id and secret of an app with the Tracking product, from developer.ups.com',
    batch: 1,
    limits: 'not published; data is kept for 120 days',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: '1Z',
      pattern: /^1Z[A-Z0-9]{15}\d$/,
      check: ups1Z,
      distinctive: true,
      // The first two are examples of jkeen/tracking_number_data (MIT).
      valid: ['1Z5R89390357567127', '1Z879E930346834440', '1Z999AA10123456784'],
      invalid: ['1Z5R89390357567128', '1Z999AA1012345678', '2Z999AA10123456784'],
    },
  ],
  hosts: ['ups.com'],
  zone: ZONE,
  trackingPage: (number) => `https://www.ups.com/track?loc=en_US&tracknum=${encodeURIComponent(number)}`,
  rate: { perSecond: 5, concurrent: 4 },
  connect,
};
