/** J&T Egypt as it answers: a signed form, errors as HTTP 200, newest scan first in Cairo's time. */
import { createHash } from 'node:crypto';
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const PRIVATE_KEY = 'sandbox-private-key';

const codes = {
  'in_transit/picked_up': '10',
  in_transit: '92',
  out_for_delivery: '94',
  delivered: '100',
  exception: '110',
  'exception/returning': '172',
  returned: '111',
};

const LABELS: Readonly<Record<string, string>> = {
  10: 'Pickup scan',
  92: 'Arrival Scan',
  94: 'Delivery scan',
  100: 'Signing scan',
  110: 'Abnormal parcels scan',
  172: 'Returned parcel scan',
  111: 'Return Sign',
};

function track({ headers, body }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  const bizContent = new URLSearchParams(body).get('bizContent') ?? '';
  const signature = createHash('md5').update(`${bizContent}${PRIVATE_KEY}`).digest('base64');
  const letIn =
    headers['apiaccount'] === '100001' &&
    headers['digest'] === signature &&
    /^\d{13}$/.test(headers['timestamp'] ?? '') &&
    shelf.credentialsWork();
  if (!letIn) {
    return { status: 200, body: { code: '145003030', msg: 'headers signature failed', data: null } };
  }
  const { billCodes } = JSON.parse(bizContent) as { readonly billCodes: string };
  const parcels = billCodes
    .split(',')
    .map((number) => shelf.parcel(number))
    .filter((parcel) => parcel !== undefined);
  return { status: 200, body: { code: '1', msg: 'success', data: parcels.map(trace) } };
}

function trace({ number, events }: SeededParcel) {
  const details = [...events].reverse().map((event) => {
    const code = codeOf(codes, event);
    return {
      scanTime: cairoTime(event.at),
      scanType: LABELS[code],
      scanTypeCode: Number(code),
      scanNetworkName: `${event.place} DC`,
      scanNetworkCity: event.place,
      desc: `【${event.place}】J&T courier Karim Samir (01000000001) is handling the shipment`,
      problemType: null,
    };
  });
  return { billCode: number, details };
}

/** `2026-11-05 10:40:00`, as a clock in Cairo shows it. */
function cairoTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone: 'Africa/Cairo' });
}

export const jtEgypt: CarrierWriter = {
  id: 'jt-egypt',
  settings: { apiAccount: '100001', privateKey: PRIVATE_KEY },
  codes,
  answer: (request, shelf) =>
    request.method === 'POST' && request.path === '/logistics/trace' ? track(request, shelf) : null,
};
