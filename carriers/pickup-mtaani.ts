/**
 * Pickup Mtaani API v1, `GET /packages/track/{trackId}` with a key in a header.
 * Page: api.pickupmtaani.com/api/v1/docs, read 2026-11-23; the route and the states as a WooCommerce plugin and a
 * public TypeScript client use them.
 *
 * Traps: `time` of a line is a count of seconds or of milliseconds; agent and door-step packages keep their history
 * under different names; a package for an agent is `delivered` when it is at the agent, `collected` when it is taken;
 * `recieved-warehouse` is spelled so.
 */
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { ask } from './http.ts';
import { fromMillis, readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, StatusTable, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'pickup-mtaani';
const ZONE = 'Africa/Nairobi';
const BASE = 'https://api.pickupmtaani.com/api/v1';

const settings = z.strictObject({ apiKey: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

const STATUS: StatusTable = {
  request: 'info_received',
  pending: 'info_received',
  assigned: 'info_received',
  picked: { status: 'in_transit', substatus: 'picked_up' },
  'picked-from-sender': { status: 'in_transit', substatus: 'picked_up' },
  dropped: 'in_transit',
  'recieved-warehouse': 'in_transit',
  'assigned-warehouse': 'in_transit',
  'warehouse-transit': 'in_transit',
  'on-transit': 'in_transit',
  in_transit: 'in_transit',
  'pending-doorstep': 'out_for_delivery',
  'dropped-to-agent': 'available_for_pickup',
  delivered: 'delivered',
  collected: 'delivered',
  complete: 'delivered',
  unavailable: { status: 'attempt_fail', substatus: 'unreachable' },
  fail: 'attempt_fail',
  rejected: { status: 'exception', substatus: 'refused' },
  declined: { status: 'exception', substatus: 'refused' },
  cancelled: 'cancelled',
};

function request(own: Settings, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${own.baseUrl}/packages/track/${encodeURIComponent(number)}`,
    headers: { apiKey: own.apiKey, accept: 'application/json' },
    signal,
  };
}

const Line = z.object({ time: z.union([z.number(), z.string()]), state: z.string() });
const History = z.object({ descriptions: z.array(Line).nullish() }).nullish();
const Answered = z.object({
  data: z.object({
    type: z.string().nullish(),
    state: z.string(),
    agent_package_tracks: History,
    door_step_package_tracks: History,
  }),
});

/** Reads an answer of `/packages/track/{trackId}` that came with 2xx. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answered.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const { type, state, agent_package_tracks, door_step_package_tracks } = answer.data.data;
  const history = [
    ...(agent_package_tracks?.descriptions ?? []),
    ...(door_step_package_tracks?.descriptions ?? []),
  ];
  const toAgent = type === 'agent' || (!type && Boolean(agent_package_tracks));
  const meaning = (word: string): Meaning | undefined =>
    toAgent && word === 'delivered' ? 'available_for_pickup' : meaningOf(STATUS, word, question);
  const lines = history.map((line) =>
    trackingEvent({
      time: timeOf(line.time),
      code: line.state,
      meaning: meaning(line.state),
      place: null,
    }),
  );
  // A state without a history is told by itself, unless it only says that the label exists.
  if (lines.length === 0 && STATUS[state] !== 'info_received')
    lines.push(
      trackingEvent({ time: readTime('', ZONE), code: state, meaning: meaning(state), place: null }),
    );
  return found(question, lines);
}

/** Counts below this are seconds: as milliseconds they would be in 1970. */
const SECONDS_BELOW = 100_000_000_000;

function timeOf(time: number | string) {
  const count = typeof time === 'number' ? time : /^\d{9,13}$/.test(time) ? Number(time) : null;
  if (count === null) return readTime(String(time), ZONE);
  return fromMillis(count < SECONDS_BELOW ? count * 1000 : count, ZONE);
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

export const pickupMtaani: Carrier = {
  id: ID,
  name: 'Pickup Mtaani',
  countries: ['KE'],
  docs: {
    url: 'https://api.pickupmtaani.com/api/v1/docs/',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'API key of a Pickup Mtaani business account',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [],
  hosts: ['pickupmtaani.com'],
  zone: ZONE,
  trackingPage: () => null,
  rate: { perSecond: 2, concurrent: 2 },
  connect,
};
