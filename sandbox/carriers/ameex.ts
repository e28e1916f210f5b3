/** Ameex as it answers: two headers, errors as HTTP 200, failed attempts on the second level of a parcel in progress. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'NEW_PACKAGE',
  in_transit: 'INHOUSE',
  out_for_delivery: 'DISTRIBUTION',
  'attempt_fail/unreachable': 'NO_ANSWER',
  'attempt_fail/rescheduled': 'POSTPONED',
  'attempt_fail/refused': 'REFUSED',
  delivered: 'DELIVERED',
  returned: 'RETURNED',
  cancelled: 'CANCELED',
};
const SECOND_LEVEL = ['NO_ANSWER', 'POSTPONED'];

function track({ headers, query }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  const letIn =
    headers['c-api-id'] === '1001' && headers['c-api-key'] === 'sandbox' && shelf.credentialsWork();
  if (!letIn) return { status: 200, body: { login: 'error' } };
  const parcel = shelf.parcel(query.get('ParcelCode') ?? '');
  if (parcel === undefined)
    return { status: 200, body: { api: { type: 'error', msg: 'Colis introuvable' } } };
  return { status: 200, body: { api: { type: 'success', tracking: tracking(parcel) } } };
}

function tracking({ events }: SeededParcel) {
  const lines = events.map((event) => {
    const code = codeOf(codes, event);
    const second = SECOND_LEVEL.includes(code);
    return {
      statut: second ? 'IN_PROGRESS' : code,
      statut_name: event.status,
      ...(second ? { statut_s: code, statut_s_name: event.status } : {}),
      time: String(Math.floor(event.at / 1000)),
      city_name: event.place,
      by_data: { name: 'Karim Samir', phone: '0612345678' },
      comment: '',
    };
  });
  return lines.length === 0 ? [] : Object.fromEntries(lines.map((line, index) => [String(index), line]));
}

export const ameex: CarrierWriter = {
  id: 'ameex',
  settings: { apiId: '1001', apiKey: 'sandbox' },
  codes,
  answer: (request, shelf) =>
    request.method === 'GET' && request.path === '/customer/Delivery/Parcels/Tracking'
      ? track(request, shelf)
      : null,
};
