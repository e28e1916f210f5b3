/** Ozon Express as it answers: the key in the path, errors as HTTP 200, French words, exact seconds on the last line only. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'Nouveau Colis',
  'in_transit/picked_up': 'Ramassé',
  in_transit: 'Expédié',
  out_for_delivery: 'Mise en distribution',
  'attempt_fail/unreachable': 'Pas de réponse',
  'attempt_fail/rescheduled': 'Reporté',
  'attempt_fail/refused': 'Refusé',
  delivered: 'Livré',
  'exception/returning': 'Retour en cours',
  returned: 'Retourné',
  cancelled: 'Annulé',
};

function track(request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!request.path.startsWith('/customers/4242/sandbox/') || !shelf.credentialsWork()) {
    return { status: 200, body: { CHECK_API: { RESULT: 'ERROR', MESSAGE: 'Please verify your API Key' } } };
  }
  const number = new URLSearchParams(request.body).get('tracking-number') ?? '';
  const parcel = shelf.parcel(number);
  const unknown = { RESULT: 'ERROR', MESSAGE: 'Colis introuvable' };
  return {
    status: 200,
    body: {
      CHECK_API: { RESULT: 'SUCCESS', MESSAGE: '' },
      TRACKING: parcel === undefined ? unknown : tracking(parcel),
    },
  };
}

function tracking({ number, events }: SeededParcel) {
  const lines = events.map((event) => ({
    STATUT: codeOf(codes, event),
    COMMENT: event.status === 'delivered' ? 'remis à Amina 0612345678' : '',
    TIME_STR: moroccanTime(event.at),
  }));
  const last = lines.at(-1);
  return {
    RESULT: 'SUCCESS',
    'TRACKING-NUMBER': number,
    LAST_TRACKING:
      last === undefined ? [] : { ...last, TIME: String(Math.floor((events.at(-1)?.at ?? 0) / 1000)) },
    HISTORY:
      last === undefined ? [] : Object.fromEntries(lines.map((line, index) => [String(index + 1), line])),
  };
}

/** `2026-11-05 10:40`, as a clock in Casablanca shows it. */
function moroccanTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Africa/Casablanca' }).slice(0, 16);
}

export const ozonExpress: CarrierWriter = {
  id: 'ozon-express',
  settings: { customerId: '4242', apiKey: 'sandbox' },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && /^\/customers\/[^/]+\/[^/]+\/tracking$/.test(request.path)
      ? track(request, shelf)
      : null,
};
