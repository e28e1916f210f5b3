/**
 * Sendbox, `POST /shipping/tracking` with a token that does not change.
 * Page: docs.sendbox.co (shipping/track-shipment, api/errors, authentication), read 2026-11-23.
 *
 * Traps: the token goes into `Authorization` without a scheme; success is 200 or 201; `delivered` is also spelled
 * `deliverd`; times have microseconds and no zone; origin and destination are people's addresses.
 */
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readDay, readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { StatusTable, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'sendbox';
/** The documentation's samples are in UTC, as servers write them; nobody says so. */
const ZONE = 'UTC';
const BASE = 'https://live.sendbox.co';

const settings = z.strictObject({ token: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const STATUS: StatusTable = {
  drafted: 'info_received',
  pending: 'info_received',
  pickup_started: 'in_transit',
  pickup_completed: { status: 'in_transit', substatus: 'picked_up' },
  in_transit: 'in_transit',
  in_delivery: 'out_for_delivery',
  delivered: 'delivered',
  deliverd: 'delivered',
};

function request(own: Settings, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'POST',
    url: `${own.baseUrl}/shipping/tracking`,
    headers: { authorization: own.token, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ code: number }),
    signal,
  };
}

const Line = z.object({
  status_code: z.string(),
  location_description: z.string().nullish(),
  date_created: z.string(),
});
const Answered = z.object({
  code: z.string(),
  status_code: z.string(),
  last_updated: z.string().nullish(),
  delivery_eta: z.string().nullish(),
  events: z.array(Line).nullish(),
});

/** Reads an answer of `/shipping/tracking` that came with 2xx. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answered.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { status_code, last_updated, delivery_eta, events } = answer.data;
  const line = (code: string, at: string, place: string | null | undefined) =>
    trackingEvent({ time: readTime(at, ZONE), code, meaning: meaningOf(STATUS, code, question), place });
  const lines = (events ?? []).map((one) =>
    line(one.status_code, one.date_created, one.location_description),
  );
  // A status without a history is told by itself, unless it only says that the label exists.
  if (lines.length === 0 && STATUS[status_code] !== 'info_received')
    lines.push(line(status_code, last_updated ?? '', null));
  return found(question, lines, delivery_eta ? readDay(delivery_eta, ZONE) : null);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await ask(io, request(own, number, signal), { alsoRead: [404] });
    if (answer.kind === 'failed') return failed(question, answer);
    return answer.status === 404 ? notFound(question) : parse(answer.body, question);
  };
}

export const sendbox: Carrier = {
  id: ID,
  name: 'Sendbox',
  countries: ['NG'],
  docs: {
    url: 'https://docs.sendbox.co/shipping/track-shipment',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'Access token of an application in the Sendbox developer centre',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'Sendbox code',
      pattern: /^0{2}\d{8}$/,
      distinctive: false,
      valid: ['0008000000'],
      invalid: ['1008000000', '000800000'],
    },
  ],
  hosts: ['sendbox.co'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 2 },
  connect,
};
