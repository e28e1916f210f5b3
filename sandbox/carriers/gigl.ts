/** GIG Logistics as it answers: a short-lived token in its own header, every line of the history several times. */
import { SANDBOX_TOKEN } from './oauth.ts';
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'CRT',
  in_transit: 'ACC',
  out_for_delivery: 'WC',
  attempt_fail: 'DFA',
  delivered: 'OKC',
  cancelled: 'SSC',
};

/** As the partner API refuses: inside HTTP 200. */
const REFUSED: SandboxAnswer = { status: 200, body: { success: true, data: { status: 401 } } };
const REPEATS = 3;

function login({ body }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  const { email, password } = JSON.parse(body) as { readonly email?: string; readonly password?: string };
  const letIn = email === 'sandbox' && password === 'sandbox' && shelf.credentialsWork();
  if (!letIn) return { status: 401, body: { success: false, message: 'Invalid login' } };
  return { status: 200, body: { status: 200, data: { data: { 'access-token': SANDBOX_TOKEN } } } };
}

function track(number: string, request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (request.headers['access-token'] !== SANDBOX_TOKEN || !shelf.credentialsWork()) return REFUSED;
  const parcel = shelf.parcel(number);
  const data = parcel === undefined ? [] : [shipment(parcel)];
  return { status: 200, body: { success: true, data: { status: 200, data } } };
}

function shipment({ number, events }: SeededParcel) {
  const lines = events.toReversed().flatMap((event) => {
    const line = {
      Status: codeOf(codes, event),
      ScanStatusReason: 'Scan, call 08031234567',
      DateTime: new Date(event.at).toISOString(),
      DepartureServiceCentre: { Name: event.place },
    };
    return Array.from({ length: REPEATS }, () => line);
  });
  return { Waybill: number, ReceiverName: 'Ada Obi', MobileShipmentTrackings: lines };
}

export const gigl: CarrierWriter = {
  id: 'gigl',
  settings: { email: 'sandbox', password: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method === 'POST' && request.path === '/login') return login(request, shelf);
    return request.method === 'GET' && request.path === '/track/mobileShipment'
      ? track(request.query.get('Waybill') ?? '', request, shelf)
      : null;
  },
};
