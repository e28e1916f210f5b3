/** Sendit as it answers: two keys for a token, a history of audits, Moroccan time without a zone. */
import { hasToken, SANDBOX_TOKEN } from './oauth.ts';
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'PENDING',
  'in_transit/picked_up': 'PICKEDUP',
  in_transit: 'TRANSIT',
  out_for_delivery: 'DELIVERING',
  'attempt_fail/unreachable': 'UNREACHABLE',
  'attempt_fail/rescheduled': 'POSTPONED',
  delivered: 'DELIVERED',
  'exception/refused': 'REJECTED',
  cancelled: 'CANCELED',
};

const REFUSED: SandboxAnswer = { status: 401, body: { error: 'Accès non autorisé' } };

function login({ body }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  const keys = JSON.parse(body) as { readonly public_key?: string; readonly secret_key?: string };
  const letIn = keys.public_key === 'sandbox' && keys.secret_key === 'sandbox' && shelf.credentialsWork();
  return letIn
    ? { status: 200, body: { success: true, data: { token: SANDBOX_TOKEN, name: 'Boutique' } } }
    : REFUSED;
}

function track(number: string, request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!hasToken(request) || !shelf.credentialsWork()) return REFUSED;
  const parcel = shelf.parcel(number);
  return parcel === undefined
    ? { status: 404, body: { success: false, message: 'Page non trouvée' } }
    : { status: 200, body: { success: true, message: 'Detail de colis.', data: delivery(parcel) } };
}

function delivery({ number, events }: SeededParcel) {
  const receiver = { name: 'Amina Alaoui', phone: '0612345678', address: '4 rue Atlas' };
  const audits = events.map((event) => ({
    event: 'updated',
    user: 'Sendit',
    created_at: moroccanTime(event.at),
    data: { ...receiver, status: codeOf(codes, event), district: event.place, comment: null },
  }));
  const last = audits.at(-1);
  return {
    ...receiver,
    code: number,
    status: last?.data.status ?? 'PENDING',
    status_return: 'RETOUR_PENDING',
    last_action_at: last?.created_at ?? '',
    audits,
  };
}

/** `2026-11-05 10:40:00`, as a clock in Casablanca shows it. */
function moroccanTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Africa/Casablanca' });
}

export const sendit: CarrierWriter = {
  id: 'sendit',
  settings: { publicKey: 'sandbox', secretKey: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method === 'POST' && request.path === '/login') return login(request, shelf);
    const number = /^\/deliveries\/([^/]+)$/.exec(request.path)?.[1];
    return request.method === 'GET' && number !== undefined
      ? track(decodeURIComponent(number), request, shelf)
      : null;
  },
};
