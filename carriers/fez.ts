/**
 * Fez Delivery API v1, `GET /order/track/{orderNo}` with a login token and a secret key.
 * Hosts and status words: Fez's own WooCommerce plugin (wordpress.org/plugins, Fez Delivery), read 2026-11-23; bodies
 * as integrators saw them in sandbox and production in 2026.
 *
 * Traps: every call needs the token and the key the login returns; a refusal is a `status` other than `Success`, with
 * or without an HTTP error; times have no zone; "Assigned To A Rider" is said of the rider who fetches and of the one
 * who delivers.
 */
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { createSession, loginFailure } from './session.ts';
import type { Login } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { sortEvents, trackingEvent } from './timeline.ts';

const ID = 'fez';
const ZONE = 'Africa/Lagos';
const BASE = 'https://api.fezdelivery.co/v1';
const TOKEN_LIVES_MS = 30 * 60_000;

const settings = z.strictObject({ userId: secret, password: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const RETURNING: Meaning = { status: 'exception', substatus: 'returning' };

/** By the words in lower case without spaces and hyphens: they are written in several ways. */
const STATUS: StatusTable = {
  pendingpayment: 'info_received',
  pendingpickup: 'info_received',
  pendingdropoff: 'info_received',
  assignedtoarider: 'info_received',
  pickedup: { status: 'in_transit', substatus: 'picked_up' },
  droppedoff: { status: 'in_transit', substatus: 'picked_up' },
  acceptedatinventoryfacility: 'in_transit',
  enroutetofirstmilehub: 'in_transit',
  enroutetolastmilehub: 'in_transit',
  acceptedatlastmilehub: 'in_transit',
  exported: 'in_transit',
  dispatched: 'out_for_delivery',
  pendingrecipientpickup: 'available_for_pickup',
  delivered: 'delivered',
  failedpickup: 'exception',
  rejectedatinventoryfacility: 'exception',
  rejectedatlastmilehub: 'exception',
  rejectedatdropoff: 'exception',
  inreturntofirstmilehub: RETURNING,
  inreturntolastmilehub: RETURNING,
  inreturntocustomer: RETURNING,
  returnedtofirstmilehub: RETURNING,
  returnedtolastmilehub: RETURNING,
  returned: 'returned',
  cancelled: 'cancelled',
};
const ASSIGNED = 'assignedtoarider';

function key(words: string): string {
  return normalizeWords(words).replaceAll(' ', '');
}

/** The two things every call carries. */
type Pass = { readonly token: string; readonly key: string };

const Pass = z.object({
  authDetails: z.object({ authToken: z.string().min(1), expireToken: z.string().nullish() }),
  orgDetails: z.object({ 'secret-key': z.string().min(1) }),
});
const Refusal = z.object({ status: z.string().refine((status) => status !== 'Success') });

async function login(own: Settings, io: CarrierIo, signal: AbortSignal): Promise<Login<Pass>> {
  const answer = await ask(io, {
    method: 'POST',
    url: `${own.baseUrl}/user/authenticate`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ user_id: own.userId, password: own.password }),
    signal,
  });
  if (answer.kind === 'failed') return loginFailure(answer);
  if (Refusal.safeParse(answer.body).success) return { kind: 'failed', reason: 'auth' };
  const pass = Pass.safeParse(answer.body);
  if (!pass.success) return { kind: 'failed', reason: 'malformed' };
  const { authDetails, orgDetails } = pass.data;
  const ends = readTime(authDetails.expireToken ?? '', ZONE).at;
  const livesMs = ends === null ? TOKEN_LIVES_MS : Math.max(ends - io.now(), 0);
  return { kind: 'token', token: { token: authDetails.authToken, key: orgDetails['secret-key'] }, livesMs };
}

function request(own: Settings, pass: Pass, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/order/track/${encodeURIComponent(number)}`,
    headers: { authorization: `Bearer ${pass.token}`, 'secret-key': pass.key, accept: 'application/json' },
    signal,
  };
}

const Line = z.object({ orderStatus: z.string(), statusCreationDate: z.string() });
const Answered = z.object({
  order: z.object({ orderStatus: z.string(), createdAt: z.string().nullish() }),
  history: z.array(Line).nullish(),
});

/** Reads an answer of `/order/track/{orderNo}`: 2xx, or an error with a JSON body. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  if (Refusal.safeParse(body).success) return notFound(question);
  const answer = Answered.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { order, history } = answer.data;
  const lines = sortEvents((history ?? []).map((line) => event(line, question)));
  if (lines.length === 0 && STATUS[key(order.orderStatus)] !== 'info_received')
    return found(question, [
      event({ orderStatus: order.orderStatus, statusCreationDate: order.createdAt ?? '' }, question),
    ]);
  return found(question, deliveringRider(lines));
}

function event({ orderStatus, statusCreationDate }: z.infer<typeof Line>, question: Question): TrackingEvent {
  const meaning = Object.hasOwn(STATUS, key(orderStatus))
    ? STATUS[key(orderStatus)]
    : meaningOf(STATUS, orderStatus, question);
  return trackingEvent({
    time: readTime(statusCreationDate, ZONE),
    code: orderStatus,
    meaning,
    place: null,
  });
}

/** A rider who is assigned after the parcel moved is the one who brings it. */
function deliveringRider(lines: readonly TrackingEvent[]): readonly TrackingEvent[] {
  return lines.map((line, at) =>
    key(line.code) === ASSIGNED && lines.slice(0, at).some(({ status }) => status === 'in_transit')
      ? { ...line, status: 'out_for_delivery' }
      : line,
  );
}

/** Fez says in the body what is wrong; only these statuses speak of the order. */
const SPEAK_OF_THE_ORDER = [400, 404, 422];

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({ login: (signal) => login(own, io, signal), now: io.now });
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await session.withToken(signal, (pass) =>
      ask(io, request(own, pass, number, signal), { alsoRead: SPEAK_OF_THE_ORDER }),
    );
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const fez: Carrier = {
  id: ID,
  name: 'Fez Delivery',
  countries: ['NG'],
  docs: {
    url: 'https://wordpress.org/plugins/fez-delivery/',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'User id and password of a Fez business account',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'Fez order',
      pattern: /^[A-Z]{4}\d{8}$/,
      distinctive: true,
      valid: ['ABCD01020304'],
      invalid: ['ABC01020304', 'ABCD0102030'],
    },
  ],
  hosts: ['fezdelivery.co'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 2 },
  connect,
};
