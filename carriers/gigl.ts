/**
 * GIG Logistics, partner API, `GET /track/mobileShipment` with a login token.
 * No public reference page; the routes are those of GIG's own WooCommerce plugin (wordpress.org/plugins, GIGL
 * Delivery), read 2026-11-23, the bodies those of merchants' public code.
 *
 * Traps: refusals come at HTTP 200 with `data.status` 401 or 503; the token is sent in a header of its own and lives
 * about ten minutes; every line of the history is repeated about six times; names and phones appear in the text.
 */
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import type { Answer, Failure } from './http.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { createSession, loginFailure } from './session.ts';
import type { Login } from './session.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingOutcome } from './shipment.ts';
import { meaningOfWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'gigl';
const ZONE = 'Africa/Lagos';
const BASE = 'https://thirdpartynode.theagilitysystems.com';
/** Not told by the answer; seen to end after about ten minutes. */
const TOKEN_LIVES_MS = 8 * 60_000;

const settings = z.strictObject({ email: secret, password: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const STATUS: StatusTable = {
  CRT: 'info_received',
  MCRT: 'info_received',
  DSC: 'in_transit',
  ACC: 'in_transit',
  DCC: 'in_transit',
  APT: 'in_transit',
  DPC: 'in_transit',
  ARF: 'in_transit',
  AST: 'in_transit',
  AHD: 'in_transit',
  MAHD: 'in_transit',
  WC: 'out_for_delivery',
  OKC: 'delivered',
  OKT: 'delivered',
  DLV: 'delivered',
  DFA: 'attempt_fail',
  SSC: 'cancelled',
};

const token = z.object({ 'access-token': z.string().min(1) });
/** Newer answers wrap the token once more. */
const Token = z.union([
  z.object({ data: z.object({ data: token }) }).transform(({ data }) => data.data['access-token']),
  z.object({ data: token }).transform(({ data }) => data['access-token']),
]);

/** What a body at HTTP 200 may really be. */
const Hidden = z.object({ data: z.object({ status: z.union([z.literal(401), z.literal(503)]) }) });

function unhide(answer: Answer | Failure): Answer | Failure {
  if (answer.kind === 'failed') return answer;
  const hidden = Hidden.safeParse(answer.body);
  if (!hidden.success) return answer;
  return { kind: 'failed', reason: hidden.data.data.status === 401 ? 'auth' : 'unavailable' };
}

async function login(own: Settings, io: CarrierIo, signal: AbortSignal): Promise<Login<string>> {
  const answer = unhide(
    await ask(io, {
      method: 'POST',
      url: `${own.baseUrl}/login`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ email: own.email, password: own.password }),
      signal,
    }),
  );
  if (answer.kind === 'failed') return loginFailure(answer);
  const given = Token.safeParse(answer.body);
  if (!given.success) return { kind: 'failed', reason: 'malformed' };
  return { kind: 'token', token: given.data, livesMs: TOKEN_LIVES_MS };
}

function request(own: Settings, accessToken: string, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/track/mobileShipment?Waybill=${encodeURIComponent(number)}`,
    headers: { 'access-token': accessToken, accept: 'application/json' },
    signal,
  };
}

const Line = z.object({
  Status: z.string(),
  ScanStatusReason: z.string().nullish(),
  DateTime: z.string(),
  DepartureServiceCentre: z.object({ Name: z.string().nullish() }).nullish(),
});
const Answered = z.object({
  data: z.object({
    data: z.array(z.object({ MobileShipmentTrackings: z.array(Line).nullish() })),
  }),
});

/** Reads an answer of `/track/mobileShipment` that came with 2xx and hides no refusal. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answered.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const [shipment] = answer.data.data.data;
  if (shipment === undefined) return notFound(question);
  const lines = (shipment.MobileShipmentTrackings ?? []).map((line) =>
    trackingEvent({
      time: readTime(line.DateTime, ZONE),
      code: line.Status,
      meaning: meaning(line, question),
      place: line.DepartureServiceCentre?.Name,
    }),
  );
  return found(question, lines);
}

function meaning(
  { Status, ScanStatusReason }: z.infer<typeof Line>,
  question: Question,
): Meaning | undefined {
  if (Object.hasOwn(STATUS, Status)) return STATUS[Status];
  question.onUnknownCode(ID, Status);
  return meaningOfWords(ScanStatusReason ?? '');
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  const session = createSession({ login: (signal) => login(own, io, signal), now: io.now });
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const answer = await session.withToken(signal, async (accessToken) =>
      unhide(await ask(io, request(own, accessToken, number, signal))),
    );
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const gigl: Carrier = {
  id: ID,
  name: 'GIG Logistics',
  countries: ['NG', 'GH'],
  docs: {
    url: 'https://wordpress.org/plugins/gigl-delivery/',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'E-mail and password of a GIG Logistics third-party account',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'GIGL waybill',
      pattern: /^\d{10}$/,
      distinctive: false,
      valid: ['1026000000', '1349000000'],
      invalid: ['102600000', '10260000001'],
    },
  ],
  hosts: ['giglogistics.com', 'gigl-go.com'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 2 },
  connect,
};
