/** iMile as it answers: a signed envelope both ways round, errors as HTTP 200, rows with their own time zone. */
import { createHash } from 'node:crypto';
import { SANDBOX_TOKEN } from './oauth.ts';
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const SECRET = 'sandbox-secret';
const CASABLANCA_MINUTES = 60;

const codes = {
  info_received: 'SubmitOrder',
  'in_transit/picked_up': 'PickedUp',
  in_transit: 'InTransit',
  out_for_delivery: 'OutForDelivery',
  attempt_fail: 'DeliveryFailed',
  delivered: 'Delivered',
  exception: 'OnHold',
  'exception/returning': 'ReturnTransit',
  returned: 'ReturnArrive',
  cancelled: 'CancelOrder',
};

type Envelope = { readonly [name: string]: unknown; readonly param?: { readonly orderNo?: string } };

function reply(code: string, message: string, data: unknown = null): SandboxAnswer {
  return { status: 200, body: { code, message, data } };
}

/** Secret, fields by name, `param` as JSON, secret; in capitals. */
function isSigned({ sign, param, ...fields }: Envelope): boolean {
  const names = Object.keys(fields).sort();
  const text = names.map((name) => `${name}${String(fields[name])}`).join('');
  const digest = createHash('md5')
    .update(`${SECRET}${text}${JSON.stringify(param)}${SECRET}`)
    .digest('hex');
  return sign === digest.toUpperCase();
}

function answer({ path, body }: SandboxRequest, shelf: Shelf): SandboxAnswer | null {
  const asked = JSON.parse(body) as Envelope;
  if (!isSigned(asked) || asked['customerId'] !== 'C0000001' || !shelf.credentialsWork())
    return reply('401', 'sign error');
  if (path === '/auth/accessToken/grant') {
    return reply('200', 'success', { accessToken: SANDBOX_TOKEN, expiresIn: 7200 });
  }
  if (path !== '/client/track/getOne') return null;
  if (asked['accessToken'] !== SANDBOX_TOKEN) return reply('407', 'accessToken is invalid');
  const parcel = shelf.parcel(asked.param?.orderNo ?? '');
  return reply('200', 'success', parcel === undefined ? null : tracking(parcel));
}

function tracking({ events }: SeededParcel) {
  const locus = [...events].reverse().map((event) => ({
    latestStatus: codeOf(codes, event),
    latestStatusTime: clockTime(event.at, CASABLANCA_MINUTES).replace('T', ' '),
    latestSite: event.place,
    locusDetailed: 'Courier Karim Samir, 0612345678',
    locusType: 'delivery',
    timeZone: 'GMT+01:00',
  }));
  const { latestStatus = null, latestStatusTime = null } = locus[0] ?? {};
  return { latestStatus, latestStatusTime, timeZone: 'GMT+01:00', locus };
}

export const imile: CarrierWriter = {
  id: 'imile',
  settings: { customerId: 'C0000001', secretKey: SECRET },
  codes,
  answer: (request, shelf) => (request.method === 'POST' ? answer(request, shelf) : null),
};
