/** Bosta as it answers: the key as it is, a timeline of steps done and to come, failed attempts only in `state`. */
import { codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: '10',
  'in_transit/picked_up': '21',
  in_transit: '30',
  out_for_delivery: '41',
  attempt_fail: '47',
  delivered: '45',
  returned: '46',
  cancelled: '49',
  'exception/lost': '100',
  'exception/damaged': '101',
  exception: '105',
};

/** What the timeline can show; everything else is told by `state` alone. */
const STEPS: Readonly<Record<string, string>> = {
  10: 'new',
  21: 'picked_up',
  30: 'in_transit',
  41: 'out_for_delivery',
  45: 'delivered',
};

function problem(status: number, message: string): SandboxAnswer {
  return { status, body: { success: false, message } };
}

function track(number: string, request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (request.headers['authorization'] !== 'sandbox' || !shelf.credentialsWork()) {
    return problem(401, 'Invalid authorization token or API key');
  }
  const parcel = shelf.parcel(number);
  if (parcel === undefined) return problem(404, 'Delivery not found');
  return { status: 200, body: { success: true, data: delivery(parcel, shelf.now()) } };
}

function delivery({ number, events }: SeededParcel, now: number) {
  const told = events.map((event) => ({ code: Number(codeOf(codes, event)), at: event.at }));
  const current = told.at(-1) ?? { code: 10, at: now };
  const done = (told.length > 0 ? told : [current]).flatMap(({ code, at }) => {
    const value = STEPS[code];
    return value === undefined ? [] : [{ value, code, done: true, date: new Date(at).toISOString() }];
  });
  const toCome = [41, 45]
    .filter((code) => !done.some((step) => step.code === code))
    .map((code) => ({ value: STEPS[code], code, done: false }));
  return {
    trackingNumber: number,
    type: { code: 10, value: 'Send' },
    state: { code: current.code, value: STEPS[current.code] ?? 'Exception', deliveryTime: null },
    receiver: { fullName: 'Mona Adel', phone: '+201000000000' },
    dropOffAddress: { city: { name: 'Cairo' }, firstLine: '4 Tahrir Street' },
    timeline: [...done, ...toCome],
    updatedAt: scriptDate(current.at),
  };
}

/** As JavaScript writes a `Date` on a server in Greenwich. */
function scriptDate(at: number): string {
  const [weekday, day, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${year} ${time} GMT+0000 (Coordinated Universal Time)`;
}

export const bosta: CarrierWriter = {
  id: 'bosta',
  settings: { apiKey: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    const number = /^\/deliveries\/business\/([^/]+)$/.exec(request.path)?.[1];
    return request.method === 'GET' && number !== undefined
      ? track(decodeURIComponent(number), request, shelf)
      : null;
  },
};
