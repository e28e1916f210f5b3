/**
 * 17TRACK API v2.4, the aggregator: read what it knows, register a number it does not know yet.
 * Page: asset.17track.net/api/document/v2.4_en, read 2026-11-23; carrier keys from its public list.
 *
 * Traps: a call that worked answers `code` 0 and may reject every number in it; a number must be registered before it
 * can be read (each one is paid for, reading is free), and knows nothing for the first minutes; the same number under
 * another carrier is another record.
 */
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { upuS10 as checkDigit } from './check-digits.ts';
import type { Answer, Failure } from './http.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, meaningOf, notFound, providerError, registered } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl, secret } from './settings.ts';
import type { Meaning, ProviderErrorReason, StatusTable, TrackingOutcome } from './shipment.ts';
import { trackingEvent } from './timeline.ts';

const ID = '17track';
const ZONE = 'UTC';
const BASE = 'https://api.17track.net/track/v2.4';

const settings = z.strictObject({ token: secret, baseUrl: baseUrl(BASE) });
type Settings = z.infer<typeof settings>;

/** Keys of the posts, by the country where an S10 number was posted. */
const POST_KEYS: Readonly<Record<string, number>> = {
  NG: 14101,
  KE: 11021,
  EG: 5021,
  MA: 13211,
  GH: 7051,
  SN: 19081,
  UG: 21011,
  TN: 20101,
  DZ: 1041,
};

/** By status, and by sub-status where it says more. */
const STATUS: StatusTable = {
  InfoReceived: 'info_received',
  InTransit: 'in_transit',
  InTransit_PickedUp: { status: 'in_transit', substatus: 'picked_up' },
  InTransit_Departure: 'in_transit',
  InTransit_Arrival: 'in_transit',
  InTransit_Other: 'in_transit',
  InTransit_CustomsProcessing: { status: 'in_transit', substatus: 'customs' },
  InTransit_CustomsReleased: 'in_transit',
  InTransit_CustomsRequiringInformation: { status: 'exception', substatus: 'customs' },
  OutForDelivery: 'out_for_delivery',
  OutForDelivery_Other: 'out_for_delivery',
  AvailableForPickup: 'available_for_pickup',
  AvailableForPickup_Other: 'available_for_pickup',
  DeliveryFailure: 'attempt_fail',
  DeliveryFailure_Other: 'attempt_fail',
  DeliveryFailure_NoBody: { status: 'attempt_fail', substatus: 'unreachable' },
  DeliveryFailure_Rejected: { status: 'attempt_fail', substatus: 'refused' },
  DeliveryFailure_InvalidAddress: { status: 'attempt_fail', substatus: 'bad_address' },
  DeliveryFailure_Security: 'attempt_fail',
  Delivered: 'delivered',
  Delivered_Other: 'delivered',
  Exception: 'exception',
  Exception_Other: 'exception',
  Exception_Returning: { status: 'exception', substatus: 'returning' },
  Exception_Returned: 'returned',
  Exception_Lost: { status: 'exception', substatus: 'lost' },
  Exception_Damage: { status: 'exception', substatus: 'damaged' },
  Exception_Delayed: 'exception',
  Exception_Destroyed: 'exception',
  Exception_Cancel: 'cancelled',
  Expired: 'news',
  Expired_Other: 'news',
};

const NOT_REGISTERED = -18019902;
const NO_INFO_YET = -18019909;
const ALREADY_REGISTERED = -18019901;
const QUOTA = [-18019907, -18019908];
const KEY_OR_ADDRESS = [-18010001, -18010002];

function reasonOf(code: number): ProviderErrorReason {
  if (KEY_OR_ADDRESS.includes(code)) return 'auth';
  return QUOTA.includes(code) ? 'rate_limited' : 'rejected';
}

function call(own: Settings, path: string, number: string, signal: AbortSignal): HttpRequest {
  const carrier = /^[A-Z]{2}\d{9}[A-Z]{2}$/.test(number) ? POST_KEYS[number.slice(-2)] : undefined;
  return {
    method: 'POST',
    url: `${own.baseUrl}${path}`,
    headers: { '17token': own.token, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify([carrier === undefined ? { number } : { number, carrier }]),
    signal,
  };
}

const Line = z.object({
  time_utc: z.string().nullish(),
  time_iso: z.string().nullish(),
  location: z.string().nullish(),
  stage: z.string().nullish(),
  sub_status: z.string().nullish(),
});
const Accepted = z.object({
  track_info: z
    .object({
      latest_status: z.object({ status: z.string(), sub_status: z.string().nullish() }),
      tracking: z.object({
        providers: z.array(z.object({ events: z.array(Line).nullish() })).nullish(),
      }),
    })
    .nullish(),
});
const Rejected = z.object({ error: z.object({ code: z.number() }) });
const Reply = z.object({
  code: z.literal(0),
  data: z.object({ accepted: z.array(Accepted).nullish(), rejected: z.array(Rejected).nullish() }),
});
const Refusal = z.object({ code: z.number() });

/** What a reply says of the one number that was asked about. */
type Said =
  | { readonly kind: 'accepted'; readonly parcel: z.infer<typeof Accepted> }
  | { readonly kind: 'rejected'; readonly code: number }
  | { readonly kind: 'error'; readonly reason: ProviderErrorReason };

function said(body: unknown): Said {
  const reply = Reply.safeParse(body);
  if (!reply.success) {
    const refusal = Refusal.safeParse(body);
    const known = refusal.success && refusal.data.code !== 0;
    return { kind: 'error', reason: known ? reasonOf(refusal.data.code) : 'malformed' };
  }
  const [parcel] = reply.data.data.accepted ?? [];
  if (parcel !== undefined) return { kind: 'accepted', parcel };
  const [rejected] = reply.data.data.rejected ?? [];
  return rejected === undefined
    ? { kind: 'error', reason: 'malformed' }
    : { kind: 'rejected', code: rejected.error.code };
}

/** Reads one accepted parcel of `/gettrackinfo`. */
export function parse({ track_info }: z.infer<typeof Accepted>, question: Question): TrackingOutcome {
  if (!track_info) return registered(question);
  const { latest_status, tracking } = track_info;
  const lines = (tracking.providers ?? []).flatMap(({ events }) => events ?? []);
  if (lines.length === 0)
    return latest_status.status === 'NotFound' ? notFound(question) : found(question, []);
  return found(
    question,
    lines.map((line) => {
      const code = line.sub_status ?? line.stage ?? latest_status.status;
      return trackingEvent({
        time: readTime(line.time_iso ?? line.time_utc ?? '', ZONE),
        code,
        meaning: meaning(code, question),
        place: line.location,
      });
    }),
  );
}

/** A new sub-status of a status we know still means the status. */
function meaning(code: string, question: Question): Meaning | undefined {
  if (Object.hasOwn(STATUS, code)) return STATUS[code];
  const [status = ''] = code.split('_');
  const known = meaningOf(STATUS, code, question);
  return known ?? (status === 'Delivered' ? undefined : STATUS[status]);
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const read = await ask(io, call(own, '/gettrackinfo', number, signal));
    if (read.kind === 'failed') return failed(question, read);
    const about = said(read.body);
    if (about.kind === 'accepted') return parse(about.parcel, question);
    if (about.kind === 'error') return providerError(question, about.reason);
    if (about.code === NO_INFO_YET) return registered(question);
    if (about.code !== NOT_REGISTERED) return providerError(question, reasonOf(about.code));
    return afterRegistering(await ask(io, call(own, '/register', number, signal)), question);
  };
}

/** From now on the aggregator follows the parcel; it knows nothing of it yet. */
function afterRegistering(answer: Answer | Failure, question: Question): TrackingOutcome {
  if (answer.kind === 'failed') return failed(question, answer);
  const about = said(answer.body);
  if (about.kind === 'error') return providerError(question, about.reason);
  if (about.kind === 'accepted' || about.code === ALREADY_REGISTERED) return registered(question);
  return providerError(question, reasonOf(about.code));
}

export const track17: Carrier = {
  id: ID,
  name: '17TRACK',
  countries: [],
  docs: {
    url: 'https://asset.17track.net/api/document/v2.4_en/index.html',
    readOn: '2026-11-23',
    confidence: 'documented',
    credentials: 'Access key of a 17TRACK API account; each number followed is paid for',
    batch: 40,
    limits: '3 requests a second',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'S10 postal item',
      pattern: /^[A-Z]{2}\d{9}[A-Z]{2}$/,
      check: checkDigit,
      distinctive: true,
      valid: ['EE123456785NG', 'EE000000014EG'],
      invalid: ['EE123456784NG', 'EE12345678NG'],
    },
  ],
  hosts: ['17track.net'],
  zone: ZONE,
  trackingPage: (number) => `https://t.17track.net/en#nums=${encodeURIComponent(number)}`,
  rate: { perSecond: 3, concurrent: 3 },
  connect,
};
