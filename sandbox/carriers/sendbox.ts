/** Sendbox as it answers: a bare token, 201 for success, times with microseconds and no zone. */
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'pending',
  'in_transit/picked_up': 'pickup_completed',
  in_transit: 'in_transit',
  out_for_delivery: 'in_delivery',
  delivered: 'deliverd',
};

const naive = (at: number): string => `${clockTime(at)}.000000`;

function track({ body, headers }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (headers['authorization'] !== 'sandbox' || !shelf.credentialsWork())
    return { status: 401, body: { title: 'Unauthorized', description: 'Invalid token' } };
  const { code } = JSON.parse(body) as { readonly code?: string };
  const parcel = shelf.parcel(code ?? '');
  return parcel === undefined
    ? { status: 404, body: { title: 'Not found', description: 'Shipment not found' } }
    : { status: 201, body: shipment(parcel) };
}

function shipment({ number, events, expectedAt }: SeededParcel) {
  const lines = events.map((event) => {
    const code = codeOf(codes, event);
    return {
      status_code: code,
      status: { code, name: code },
      description: 'Call Ada, 08031234567',
      location_description: event.place,
      date_created: naive(event.at),
    };
  });
  const last = lines.at(-1);
  return {
    code: number,
    status_code: last?.status_code ?? 'pending',
    courier: { name: 'Sendbox' },
    delivery_eta: expectedAt ? clockTime(expectedAt) : null,
    last_updated: last?.date_created ?? null,
    destination: { name: 'Ada Obi', phone: '08031234567' },
    events: lines,
  };
}

export const sendbox: CarrierWriter = {
  id: 'sendbox',
  settings: { token: 'sandbox' },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && request.path === '/shipping/tracking' ? track(request, shelf) : null,
};
