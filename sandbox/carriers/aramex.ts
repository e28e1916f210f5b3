/** Aramex as it answers: always HTTP 200, credentials in the body, dates in the .NET form. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'SH014',
  'in_transit/picked_up': 'SH012',
  in_transit: 'SH001',
  'in_transit/customs': 'SH041',
  out_for_delivery: 'SH003',
  available_for_pickup: 'SH164',
  'attempt_fail/refused': 'SH033',
  'attempt_fail/unreachable': 'SH294',
  attempt_fail: 'SH515',
  delivered: 'SH005',
  exception: 'SH008',
  'exception/rescheduled': 'SH044',
  'exception/bad_address': 'SH375',
  'exception/customs': 'SH156',
  'exception/returning': 'SH474',
  returned: 'SH069',
  cancelled: 'SH313',
};

type Asked = {
  readonly ClientInfo?: { readonly UserName?: string; readonly Password?: string };
  readonly Transaction?: unknown;
  readonly Shipments?: readonly string[];
};

function track(request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!(request.headers['accept'] ?? '').includes('application/json')) {
    return {
      status: 200,
      headers: { 'content-type': 'application/xml' },
      body: '<ShipmentTrackingResponse/>',
    };
  }
  const asked = JSON.parse(request.body) as Asked;
  const { UserName, Password } = asked.ClientInfo ?? {};
  const letIn = UserName === 'sandbox' && Password === 'sandbox' && shelf.credentialsWork();
  const numbers = asked.Shipments ?? [];
  const parcels = letIn
    ? numbers.map((number) => shelf.parcel(number)).filter((parcel) => parcel !== undefined)
    : [];
  return {
    status: 200,
    body: {
      Transaction: asked.Transaction ?? null,
      Notifications: letIn ? [] : [{ Code: 'ERR01', Message: 'ClientInfo - Invalid username or password' }],
      HasErrors: !letIn,
      TrackingResults: parcels.map((parcel) => ({ Key: parcel.number, Value: lines(parcel) })),
      NonExistingWaybills: letIn ? numbers.filter((number) => shelf.parcel(number) === undefined) : [],
    },
  };
}

function lines({ number, events }: SeededParcel) {
  return [...events].reverse().map((event) => ({
    WaybillNumber: number,
    UpdateCode: codeOf(codes, event),
    UpdateDescription: event.status,
    UpdateDateTime: `/Date(${event.at}+0200)/`,
    UpdateLocation: event.place,
    Comments: event.status === 'delivered' ? 'Received by Amaka 08030000000' : '',
    ProblemCode: '',
  }));
}

export const aramex: CarrierWriter = {
  id: 'aramex',
  settings: {
    username: 'sandbox',
    password: 'sandbox',
    accountNumber: '60000000',
    accountPin: '654321',
    accountEntity: 'CAI',
    accountCountry: 'EG',
  },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && request.path === '/json/TrackShipments' ? track(request, shelf) : null,
};
