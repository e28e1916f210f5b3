/** 17TRACK as it answers: code 0 for every call that worked, accepted and rejected numbers side by side. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'InfoReceived',
  'in_transit/picked_up': 'InTransit_PickedUp',
  in_transit: 'InTransit_Arrival',
  'in_transit/customs': 'InTransit_CustomsProcessing',
  out_for_delivery: 'OutForDelivery_Other',
  available_for_pickup: 'AvailableForPickup_Other',
  'attempt_fail/unreachable': 'DeliveryFailure_NoBody',
  delivered: 'Delivered_Other',
  'exception/returning': 'Exception_Returning',
  returned: 'Exception_Returned',
  cancelled: 'Exception_Cancel',
};

const BAD_KEY = -18010002;
const NO_INFO_YET = -18019909;

function read({ body, headers }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (headers['17token'] !== 'sandbox' || !shelf.credentialsWork())
    return { status: 200, body: { code: BAD_KEY, data: { errors: [{ code: BAD_KEY }] } } };
  const numbers = JSON.parse(body) as readonly { readonly number: string }[];
  const accepted: unknown[] = [];
  const rejected: unknown[] = [];
  for (const { number } of numbers) {
    const parcel = shelf.parcel(number);
    if (parcel?.events.length === 0)
      rejected.push({ number, error: { code: NO_INFO_YET, message: 'No tracking information yet.' } });
    else accepted.push({ number, track_info: parcel ? known(parcel) : UNKNOWN });
  }
  return { status: 200, body: { code: 0, data: { accepted, rejected } } };
}

const UNKNOWN = {
  latest_status: { status: 'NotFound', sub_status: 'NotFound_Other' },
  tracking: { providers: [] },
};

function known({ events }: SeededParcel) {
  const lines = events.toReversed().map((event) => ({
    time_iso: new Date(event.at).toISOString(),
    description: 'Call Ada, 08031234567',
    location: event.place,
    stage: null,
    sub_status: codeOf(codes, event),
  }));
  const code = lines[0]?.sub_status ?? 'NotFound';
  return {
    latest_status: { status: code.split('_')[0], sub_status: code },
    tracking: { providers: [{ provider: { key: 0, name: 'Post' }, events: lines }] },
  };
}

export const track17: CarrierWriter = {
  id: '17track',
  settings: { token: 'sandbox' },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && request.path === '/gettrackinfo' ? read(request, shelf) : null,
};
