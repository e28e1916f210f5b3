/** Mylerz as it answers: a password grant, one envelope for everything, words instead of codes, Cairo's time. */
import { giveToken, hasToken } from './oauth.ts';
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'Data Uploaded',
  in_transit: 'Received at Destination HUB',
  out_for_delivery: 'Out For Delivery',
  'attempt_fail/refused': 'Rejected - customer changed his mind',
  attempt_fail: 'Delivery Failed',
  delivered: 'Delivered, Thank you :-)',
  'exception/returning': 'Return to Shipper',
  returned: 'Returned to Sender',
  cancelled: 'Cancelled',
};

function envelope(rows: readonly unknown[]): SandboxAnswer {
  return { status: 200, body: { Value: rows, IsErrorState: false, ErrorDescription: null } };
}

function status(number: string, parcel: SeededParcel | undefined) {
  if (parcel === undefined) return { BarCode: number, Status: null, ErrorMessage: 'Package not found' };
  const last = parcel.events.at(-1);
  return {
    BarCode: number,
    Status: last === undefined ? null : codeOf(codes, last),
    StatusName: last?.status ?? null,
    StatusId: 0,
    PhaseName: null,
    StatusDate: last === undefined ? null : cairoTime(last.at),
    ErrorMessage: null,
  };
}

function history({ number, events }: SeededParcel) {
  return {
    Barcode: number,
    RefNumber: 'order-1',
    TrackLog: events.map((event) => ({
      StatusEnName: codeOf(codes, event),
      StatusArName: null,
      ChangedDate: cairoTime(event.at),
      CourierName: 'Karim Samir',
    })),
  };
}

/** `2026-11-05T10:40:00`, as a clock in Cairo shows it. */
function cairoTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Africa/Cairo' }).replace(' ', 'T');
}

function answer(request: SandboxRequest, shelf: Shelf): SandboxAnswer | null {
  if (request.path === '/token') {
    const form = new URLSearchParams(request.body);
    const letIn =
      form.get('grant_type') === 'password' &&
      form.get('username') === 'sandbox' &&
      form.get('password') === 'sandbox' &&
      shelf.credentialsWork();
    return giveToken(letIn, { status: 400, body: { error: 'invalid_grant' } });
  }
  if (!hasToken(request) || !shelf.credentialsWork()) {
    return { status: 401, body: { Message: 'Authorization has been denied for this request.' } };
  }
  if (request.path === '/api/packages/GetPackageListStatus') {
    const numbers = JSON.parse(request.body) as readonly string[];
    return envelope(numbers.map((number) => status(number, shelf.parcel(number))));
  }
  if (request.path === '/api/packages/TrackPackages') {
    const asked = JSON.parse(request.body) as readonly { readonly barcode: string }[];
    const parcels = asked
      .map(({ barcode }) => shelf.parcel(barcode))
      .filter((parcel) => parcel !== undefined);
    return envelope(parcels.map(history));
  }
  return null;
}

export const mylerz: CarrierWriter = {
  id: 'mylerz',
  settings: { username: 'sandbox', password: 'sandbox' },
  codes,
  answer: (request, shelf) => (request.method === 'POST' ? answer(request, shelf) : null),
};
