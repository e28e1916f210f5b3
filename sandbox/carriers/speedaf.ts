/** Speedaf v2 as it answers: plain JSON, the offset beside each local time, refusals inside HTTP 200. */
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: '10',
  'in_transit/picked_up': '1',
  in_transit: '2',
  'in_transit/customs': '360',
  out_for_delivery: '4',
  'attempt_fail/unreachable': 'IP01',
  'attempt_fail/refused': 'IP05',
  available_for_pickup: 'IP08',
  'exception/customs': '401',
  'exception/returning': '-710',
  delivered: '5',
  returned: '730',
  cancelled: '-10',
};

const OFFSET_HOURS = 1;

function track({ body, query }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (query.get('appCode') !== 'sandbox' || !shelf.credentialsWork())
    return { status: 200, body: { success: false, error: { code: '70402', message: 'appCode invalid' } } };
  const { data } = JSON.parse(body) as { readonly data: { readonly mailNoList: readonly string[] } };
  const found = data.mailNoList.flatMap((number) => shelf.parcel(number) ?? []);
  return { status: 200, body: { success: true, data: found.map(shipment) } };
}

function shipment({ number, events }: SeededParcel) {
  const tracks = events.map((event) => {
    const code = codeOf(codes, event);
    return {
      mailNo: number,
      action: code.startsWith('IP') ? '3' : code,
      subAction: code.startsWith('IP') ? code : null,
      msgEng: 'Call Ada, 08031234567',
      time: clockTime(event.at, OFFSET_HOURS * 60).replace('T', ' '),
      timezone: OFFSET_HOURS,
      city: event.place,
      returnFlag: 0,
    };
  });
  return { mailNo: number, tracks };
}

export const speedaf: CarrierWriter = {
  id: 'speedaf',
  settings: { api: 'v2', appCode: 'sandbox' },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && request.path === '/open-api/express/track/v2/query'
      ? track(request, shelf)
      : null,
};
