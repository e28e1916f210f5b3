/** UPS as it answers: Basic for the token, dates in pieces, and "not found" as HTTP 200 with a warning. */
import { BASIC_SANDBOX, giveToken, hasToken } from './oauth.ts';
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const NAIROBI_MINUTES = 180;

const codes = {
  info_received: '003',
  'in_transit/picked_up': '038',
  in_transit: '005',
  'in_transit/customs': '012',
  out_for_delivery: '021',
  available_for_pickup: '017',
  attempt_fail: '022',
  delivered: '011',
  exception: '013',
  'exception/refused': '064',
  'exception/returning': '035',
  returned: '034',
  cancelled: '007',
};

const REFUSED: SandboxAnswer = {
  status: 401,
  body: { response: { errors: [{ code: '250002', message: 'Invalid Authentication Information.' }] } },
};

function track(number: string, request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!hasToken(request) || !shelf.credentialsWork()) return REFUSED;
  const parcel = shelf.parcel(number);
  const shipment =
    parcel === undefined
      ? { inquiryNumber: number, warnings: [{ code: 'TW0001', message: 'Tracking Information Not Found' }] }
      : { inquiryNumber: number, package: [packageOf(parcel)] };
  return { status: 200, body: { trackResponse: { shipment: [shipment] } } };
}

function packageOf({ number, events }: SeededParcel) {
  const activity = [...events].reverse().map((event) => {
    const [date = '', time = ''] = clockTime(event.at, NAIROBI_MINUTES).replaceAll(/[-:]/g, '').split('T');
    const [gmtDate = '', gmtTime] = clockTime(event.at).split('T');
    return {
      date,
      time,
      gmtDate: gmtDate.replaceAll('-', ''),
      gmtTime,
      gmtOffset: '+03:00',
      location: { address: { city: event.place, countryCode: 'KE' } },
      status: { type: 'I', statusCode: codeOf(codes, event), description: event.status },
    };
  });
  return { trackingNumber: number, deliveryInformation: { receivedBy: 'WANJIKU' }, activity };
}

export const ups: CarrierWriter = {
  id: 'ups',
  settings: { clientId: 'sandbox', clientSecret: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method === 'POST' && request.path === '/security/v1/oauth/token') {
      return giveToken(
        request.headers['authorization'] === BASIC_SANDBOX && shelf.credentialsWork(),
        REFUSED,
      );
    }
    const number = /^\/track\/v1\/details\/([^/]+)$/.exec(request.path)?.[1];
    return request.method === 'GET' && number !== undefined
      ? track(decodeURIComponent(number), request, shelf)
      : null;
  },
};
