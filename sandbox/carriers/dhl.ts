/** DHL as it answers: MyDHL under `/shipments/{number}/tracking`, the Unified API under `/track/shipments`. */
import { BASIC_SANDBOX } from './oauth.ts';
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const LAGOS_MINUTES = 60;

const codes = {
  'in_transit/picked_up': 'PU',
  in_transit: 'AF',
  'in_transit/customs': 'IC',
  out_for_delivery: 'WC',
  available_for_pickup: 'CC',
  'attempt_fail/unreachable': 'NH',
  'attempt_fail/bad_address': 'BA',
  'attempt_fail/refused': 'RD',
  attempt_fail: 'ND',
  delivered: 'OK',
  'delivered/partial': 'PD',
  'delivered/damaged': 'DD',
  exception: 'OH',
  'exception/customs': 'CD',
  returned: 'RT',
};

function problem(status: number, title: string, detail: string, instance: string): SandboxAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { instance, detail, title, message: detail, status: String(status) },
  };
}

function myDhl(request: SandboxRequest, number: string, shelf: Shelf): SandboxAnswer {
  if (request.headers['authorization'] !== BASIC_SANDBOX || !shelf.credentialsWork()) {
    return problem(401, 'Unauthorized', 'Invalid Credentials', request.path);
  }
  const parcel = shelf.parcel(number);
  if (parcel === undefined)
    return problem(404, 'Not Found', `No Shipments Found for ${number}`, request.path);
  return { status: 200, body: { shipments: [myDhlShipment(parcel)] } };
}

function myDhlShipment(parcel: SeededParcel) {
  return {
    shipmentTrackingNumber: parcel.number,
    status: 'Success',
    productCode: 'P',
    numberOfPieces: 1,
    ...(parcel.expectedAt
      ? { estimatedDeliveryDate: clockTime(parcel.expectedAt, LAGOS_MINUTES).split('T')[0] }
      : {}),
    receiverDetails: { name: 'Amaka Obi', postalAddress: { cityName: 'Abuja' } },
    events: parcel.events.map((event) => {
      const [date, time] = clockTime(event.at, LAGOS_MINUTES).split('T');
      const typeCode = codeOf(codes, event);
      return {
        date,
        time,
        GMTOffset: '+01:00',
        typeCode,
        description: event.status,
        serviceArea: [{ code: event.place.slice(0, 3).toUpperCase(), description: event.place }],
        ...(typeCode === 'OK' ? { signedBy: 'A. Obi' } : {}),
      };
    }),
  };
}

const GENERAL: Readonly<Record<string, string>> = {
  info_received: 'pre-transit',
  delivered: 'delivered',
  attempt_fail: 'failure',
  exception: 'failure',
  returned: 'failure',
};

function unified(request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (request.headers['dhl-api-key'] !== 'sandbox' || !shelf.credentialsWork()) {
    return problem(401, 'Unauthorized', 'Unauthorized for given resource.', request.path);
  }
  const number = request.query.get('trackingNumber') ?? '';
  const parcel = shelf.parcel(number);
  if (parcel === undefined)
    return problem(404, 'No result found', 'No shipment with given tracking number found.', request.path);
  const events = [...parcel.events].reverse().map((event) => ({
    timestamp: clockTime(event.at, LAGOS_MINUTES),
    statusCode: GENERAL[event.status] ?? 'transit',
    status: codeOf(codes, event),
    description: event.status,
    location: { address: { countryCode: 'NG', addressLocality: event.place } },
  }));
  return {
    status: 200,
    body: { shipments: [{ id: number, service: 'express', status: events[0], events }] },
  };
}

export const dhl: CarrierWriter = {
  id: 'dhl',
  settings: { api: 'mydhl', username: 'sandbox', password: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method !== 'GET') return null;
    const number = /^\/shipments\/([^/]+)\/tracking$/.exec(request.path)?.[1];
    if (number !== undefined) return myDhl(request, decodeURIComponent(number), shelf);
    return request.path === '/track/shipments' ? unified(request, shelf) : null;
  },
};
