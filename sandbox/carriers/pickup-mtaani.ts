/** Pickup Mtaani as it answers: a key in a header, a history of states with counted times. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'request',
  'in_transit/picked_up': 'picked-from-sender',
  in_transit: 'on-transit',
  out_for_delivery: 'pending-doorstep',
  available_for_pickup: 'dropped-to-agent',
  'attempt_fail/unreachable': 'unavailable',
  attempt_fail: 'fail',
  delivered: 'collected',
  'exception/refused': 'rejected',
  cancelled: 'cancelled',
};

function track(number: string, { headers }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (headers['apikey'] !== 'sandbox' || !shelf.credentialsWork())
    return { status: 401, body: { message: 'Unauthorized' } };
  const parcel = shelf.parcel(number);
  return parcel === undefined
    ? { status: 404, body: { message: 'Package not found' } }
    : { status: 200, body: { success: true, data: packageOf(parcel) } };
}

function packageOf({ number, events }: SeededParcel) {
  const descriptions = events.map((event) => ({
    time: event.at,
    state: codeOf(codes, event),
    descriptions: 'Call Wanjiru, 0722123456',
  }));
  return {
    type: 'agent',
    trackId: number,
    state: descriptions.at(-1)?.state ?? 'request',
    customerName: 'Wanjiru Kamau',
    agent_package_tracks: { descriptions },
  };
}

export const pickupMtaani: CarrierWriter = {
  id: 'pickup-mtaani',
  settings: { apiKey: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    const number = /^\/packages\/track\/([^/]+)$/.exec(request.path)?.[1];
    return request.method === 'GET' && number !== undefined
      ? track(decodeURIComponent(number), request, shelf)
      : null;
  },
};
