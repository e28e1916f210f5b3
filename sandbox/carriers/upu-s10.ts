/** Morocco's post as its public page answers: a piece of HTML inside JSON, French sentences, Moroccan time. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SeededEvent, Shelf } from './writer.ts';

const codes = {
  'in_transit/picked_up': 'Envoi déposé',
  in_transit: "Envoi arrivé à l'agence",
  out_for_delivery: 'Envoi sorti par le facteur',
  attempt_fail: '1ère tentative de livraison',
  delivered: 'Livraison effectuée',
  'exception/returning': 'Envoi à retourner',
  returned: 'Envoi retourné',
};

/** It has no credentials; it turns addresses away that it does not like. */
const TURNED_AWAY: SandboxAnswer = { status: 403, body: '<html><body>Forbidden</body></html>' };

function search(number: string, shelf: Shelf): SandboxAnswer {
  if (!shelf.credentialsWork()) return TURNED_AWAY;
  const parcel = shelf.parcel(number);
  const lines = parcel?.events.toReversed().map(line).join('') ?? '';
  const position = parcel === undefined ? 'Aucune information' : 'Envoi en cours';
  const Html = `<span class="lblCurrentPosition">${position}</span><ul class="timeline">${lines}</ul>`;
  return { status: 200, body: { OperationSuccess: true, Html } };
}

function line(event: SeededEvent): string {
  const [date = '', time = ''] = new Date(event.at)
    .toLocaleString('en-GB', { timeZone: 'Africa/Casablanca' })
    .split(', ');
  return `<li><span class="container_date">${date}</span><span class="container_time">${time}</span><p>${codeOf(codes, event)}</p></li>`;
}

export const upuS10: CarrierWriter = {
  id: 'upu-s10',
  settings: { amana: true },
  codes,
  answer: ({ method, path, query }, shelf) =>
    method === 'GET' && path === '/Tracking/Search' ? search(query.get('trackingCode') ?? '', shelf) : null,
};
