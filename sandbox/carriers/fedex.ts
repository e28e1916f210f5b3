/** FedEx as it answers: a form for the token, and "not found" as HTTP 200 with an error inside the result. */
import { giveToken, hasToken } from './oauth.ts';
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const LAGOS_MINUTES = 60;

const codes = {
  info_received: 'OC',
  'in_transit/picked_up': 'PU',
  in_transit: 'IT',
  'in_transit/customs': 'CP',
  out_for_delivery: 'OD',
  available_for_pickup: 'HL',
  'attempt_fail/unreachable': 'DE',
  delivered: 'DL',
  exception: 'SE',
  'exception/customs': 'CD',
  'exception/returning': 'RS',
  cancelled: 'CA',
};

const REFUSED: SandboxAnswer = {
  status: 401,
  body: {
    transactionId: 'sandbox',
    errors: [{ code: 'NOT.AUTHORIZED.ERROR', message: 'The given client credentials were not valid.' }],
  },
};

function track(request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!hasToken(request) || !shelf.credentialsWork()) return REFUSED;
  const asked = JSON.parse(request.body) as {
    readonly trackingInfo: readonly { readonly trackingNumberInfo: { readonly trackingNumber: string } }[];
  };
  const completeTrackResults = asked.trackingInfo.map(({ trackingNumberInfo: { trackingNumber } }) => {
    const parcel = shelf.parcel(trackingNumber);
    const missing = {
      error: { code: 'TRACKING.TRACKINGNUMBER.NOTFOUND', message: 'Tracking number cannot be found.' },
    };
    return { trackingNumber, trackResults: [parcel === undefined ? missing : result(parcel)] };
  });
  return { status: 200, body: { transactionId: 'sandbox', output: { completeTrackResults } } };
}

function result({ events }: SeededParcel) {
  const scanEvents = [...events].reverse().map((event) => {
    const code = codeOf(codes, event);
    return {
      date: `${clockTime(event.at, LAGOS_MINUTES)}+01:00`,
      eventType: code,
      derivedStatusCode: code,
      eventDescription: event.status,
      exceptionCode: code === 'DE' ? '08' : '',
      exceptionDescription: code === 'DE' ? 'Customer not available or business closed' : '',
      scanLocation: { city: event.place, countryCode: 'NG' },
    };
  });
  const code = scanEvents[0]?.eventType ?? '';
  return {
    latestStatusDetail: { code, derivedCode: code, statusByLocale: code, ancillaryDetails: [] },
    dateAndTimes: [],
    deliveryDetails: { receivedByName: 'A.OBI' },
    scanEvents,
  };
}

export const fedex: CarrierWriter = {
  id: 'fedex',
  settings: { clientId: 'sandbox', clientSecret: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method !== 'POST') return null;
    if (request.path === '/oauth/token') {
      const form = new URLSearchParams(request.body);
      const letIn = form.get('client_id') === 'sandbox' && form.get('client_secret') === 'sandbox';
      return giveToken(letIn && shelf.credentialsWork(), REFUSED);
    }
    return request.path === '/track/v1/trackingnumbers' ? track(request, shelf) : null;
  },
};
