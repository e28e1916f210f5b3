/**
 * FedEx Track API v1, "Track by Tracking Number", with an OAuth2 client.
 * Page: developer.fedex.com/api/en-us/catalog/track/v1/docs.html (OpenAPI), read 2026-11-23. Documented.
 *
 * Traps: not found is HTTP 200 with an error inside the result; a number that was used before returns several
 * results, of which the one shipped last is meant; dates sometimes lack an offset, and a pickup may read
 * `T00:00:00`; on the way back to the shipper the delivery is `DL` as well, so what follows a return is a return;
 * `DE` covers both a failed attempt and other troubles, only the words tell. Red Star parcels inside Nigeria have
 * other numbers and are not known here.
 */
import { z } from 'zod';
import type { EventTime } from '../domain/time.ts';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { fedex12, fedex15 } from './check-digits.ts';
import { ask, requestId } from './http.ts';
import { readTime, zoneOfCountry } from './local-time.ts';
import { oauthLogin } from './oauth.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { createSession } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'fedex';
const ZONE = 'UTC';
const BASE = 'https://apis.fedex.com';

const settings = z.strictObject({ clientId: secret, clientSecret: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const CUSTOMS = { status: 'in_transit', substatus: 'customs' } as const;
const PICKED_UP = { status: 'in_transit', substatus: 'picked_up' } as const;
const RETURNING = { status: 'exception', substatus: 'returning' } as const;

// prettier-ignore
const STATUS: StatusTable = {
  OC: 'info_received',
  PU: PICKED_UP, PX: PICKED_UP,
  EP: 'in_transit', AP: 'in_transit', OF: 'in_transit', IT: 'in_transit', IX: 'in_transit', AA: 'in_transit',
  AC: 'in_transit', AF: 'in_transit', AR: 'in_transit', AX: 'in_transit', DP: 'in_transit', EA: 'in_transit',
  EO: 'in_transit', FD: 'in_transit', LO: 'in_transit', OW: 'in_transit', PF: 'in_transit', PL: 'in_transit',
  PM: 'in_transit', SF: 'in_transit', TR: 'in_transit', OX: 'in_transit', CC: 'in_transit', AO: 'in_transit',
  AE: 'in_transit', DR: 'in_transit', DS: 'in_transit', SP: 'in_transit', CH: 'in_transit',
  CP: CUSTOMS,
  OD: 'out_for_delivery', ED: 'out_for_delivery', AD: 'out_for_delivery',
  HL: 'available_for_pickup', HP: 'available_for_pickup',
  DL: 'delivered',
  DE: 'exception', SE: 'exception', DY: 'exception', DD: 'exception', PD: 'exception',
  CD: { status: 'exception', substatus: 'customs' },
  RS: RETURNING, RD: RETURNING, RG: RETURNING, RP: RETURNING, LP: RETURNING,
  CA: 'cancelled',
};

function loginRequest(own: Settings, signal: AbortSignal): HttpRequest {
  return {
    method: 'POST',
    url: `${own.baseUrl}/oauth/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: own.clientId,
      client_secret: own.clientSecret,
    }).toString(),
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
  return {
    method: 'POST',
    url: `${own.baseUrl}/track/v1/trackingnumbers`,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'x-locale': 'en_US',
      'x-customer-transaction-id': requestId(ID, number, now),
    },
    body: JSON.stringify({
      includeDetailedScans: true,
      trackingInfo: [{ trackingNumberInfo: { trackingNumber: number } }],
    }),
    signal,
  };
}

const Scan = z.object({
  date: z.string(),
  eventType: z.string().nullish(),
  derivedStatusCode: z.string().nullish(),
  eventDescription: z.string().nullish(),
  exceptionDescription: z.string().nullish(),
  scanLocation: z.object({ city: z.string().nullish(), countryCode: z.string().nullish() }).nullish(),
});
const Result = z.object({
  error: z.object({ code: z.string() }).nullish(),
  latestStatusDetail: z
    .object({ ancillaryDetails: z.array(z.object({ reasonDescription: z.string().nullish() })).nullish() })
    .nullish(),
  dateAndTimes: z.array(z.object({ type: z.string(), dateTime: z.string() })).nullish(),
  scanEvents: z.array(Scan).nullish(),
});
type Result = z.infer<typeof Result>;
const Answer = z.object({
  output: z.object({
    completeTrackResults: z.array(z.object({ trackResults: z.array(Result).min(1) })).min(1),
  }),
});

/** Reads an answer of `/track/v1/trackingnumbers`. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answer.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const results = answer.data.output.completeTrackResults.flatMap(({ trackResults }) => trackResults);
  const known = results.filter(({ error }) => !error);
  if (known.length === 0) return errorOutcome(results[0]?.error?.code ?? '', question);
  const result = known.reduce((best, other) => (shippedAt(other) > shippedAt(best) ? other : best));
  const scans = (result.scanEvents ?? []).map((scan) => readScan(scan, result, question));
  return found(question, afterReturn(scans), expected(result, question));
}

function errorOutcome(code: string, question: Question): TrackingOutcome {
  return code === 'TRACKING.TRACKINGNUMBER.NOTFOUND'
    ? notFound(question)
    : providerError(question, 'rejected');
}

function shippedAt({ dateAndTimes, scanEvents }: Result): string {
  const shipped = dateAndTimes?.find(({ type }) => type === 'SHIP' || type === 'ACTUAL_PICKUP')?.dateTime;
  return shipped ?? (scanEvents ?? []).map(({ date }) => date).toSorted()[0] ?? '';
}

function readScan(scan: z.infer<typeof Scan>, result: Result, question: Question): TrackingEvent {
  const { city, countryCode } = scan.scanLocation ?? {};
  const code = scan.eventType || scan.derivedStatusCode || '';
  return trackingEvent({
    time: readTime(scan.date, zoneOfCountry(countryCode) ?? zoneOfCountry(question.country) ?? ZONE),
    code,
    meaning: code === 'DE' ? deliveryException(scan, result) : meaningOf(STATUS, code, question),
    place: [city, countryCode].filter(Boolean).join(', '),
  });
}

/** `DE` is a failed attempt when its words, or those of the latest status, say that somebody came in vain. */
function deliveryException(scan: z.infer<typeof Scan>, { latestStatusDetail }: Result): Meaning {
  const reasons =
    latestStatusDetail?.ancillaryDetails?.map(({ reasonDescription }) => reasonDescription) ?? [];
  const words = normalizeWords([scan.eventDescription, scan.exceptionDescription, ...reasons].join(' '));
  if (/\brefused\b/.test(words)) return { status: 'attempt_fail', substatus: 'refused' };
  if (/\b(incorrect|incomplete|bad) address\b/.test(words))
    return { status: 'attempt_fail', substatus: 'bad_address' };
  if (
    /\b(customer|recipient|consignee) (was )?not (available|in)\b|\b(no one|business closed)\b/.test(words)
  ) {
    return { status: 'attempt_fail', substatus: 'unreachable' };
  }
  return /\battempt(ed)?\b/.test(words) ? 'attempt_fail' : 'exception';
}

/** A delivery after a return scan is the hand-back to the shipper. */
function afterReturn(events: readonly TrackingEvent[]): readonly TrackingEvent[] {
  const turned = Math.min(
    ...events.filter(({ substatus }) => substatus === 'returning').map(({ time }) => time.at ?? Infinity),
  );
  return events.map((event) =>
    event.status === 'delivered' && (event.time.at ?? 0) > turned ? { ...event, status: 'returned' } : event,
  );
}

function expected({ dateAndTimes }: Result, question: Question): EventTime | null {
  const estimate = dateAndTimes?.find(({ type }) => type === 'ESTIMATED_DELIVERY')?.dateTime;
  return estimate ? readTime(estimate, zoneOfCountry(question.country) ?? ZONE) : null;
}

const Problem = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

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
      ask(io, trackRequest(own, token, number, readAt, signal), { alsoRead: [400, 404] }),
    );
    if (answer.kind === 'failed') return failed(question, answer);
    if (answer.status < 300) return parse(answer.body, question);
    const problem = Problem.safeParse(answer.body);
    return errorOutcome(problem.success ? (problem.data.errors[0]?.code ?? '') : '', question);
  };
}

export const fedex: Carrier = {
  id: ID,
  name: 'FedEx',
  countries: [],
  docs: {
    url: 'https://developer.fedex.com/api/en-us/catalog/track/v1/docs.html',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'API key and secret key of a project with the Track API, from developer.fedex.com',
    batch: 30,
    limits: '1400 transactions in 10 seconds for a project, and a daily quota of the organization',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'Express',
      pattern: /^\d{12}$/,
      check: fedex12,
      distinctive: false,
      valid: ['123456789012'],
      invalid: ['123456789013', '12345678901'],
    },
    {
      name: 'Ground',
      pattern: /^\d{15}$/,
      check: fedex15,
      distinctive: false,
      valid: ['123456789012343'],
      invalid: ['123456789012345', '12345678901234'],
    },
    {
      name: 'Ground 96',
      pattern: /^96\d{20}$/,
      distinctive: true,
      valid: ['9611020987654312345672'],
      invalid: ['9511020987654312345672', '961102098765431234567'],
    },
    {
      name: 'Express, long form',
      pattern: /^\d{34}$/,
      distinctive: true,
      valid: ['1001921334250001000300779017972697'],
      invalid: ['100192133425000100030077901797269'],
    },
  ],
  hosts: ['fedex.com'],
  zone: ZONE,
  trackingPage: (number) => `https://www.fedex.com/fedextrack/?trknbr=${encodeURIComponent(number)}`,
  rate: { perSecond: 20, concurrent: 8 },
  connect,
};
