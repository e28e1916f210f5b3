/** Fez Delivery as it answers: token and key on every call, status in words, Lagos time without a zone. */
import { hasToken, SANDBOX_TOKEN } from './oauth.ts';
import { clockTime, codeOf } from './writer.ts';
import type { CarrierWriter, SandboxAnswer, SandboxRequest, SeededParcel, Shelf } from './writer.ts';

const codes = {
  info_received: 'Pending Pick-Up',
  'in_transit/picked_up': 'Picked-Up',
  in_transit: 'Accepted At Last Mile Hub',
  out_for_delivery: 'Dispatched',
  available_for_pickup: 'Pending Recipient Pick-Up',
  delivered: 'Delivered',
  exception: 'Rejected At Last Mile Hub',
  'exception/returning': 'In Return To First Mile Hub',
  returned: 'Returned',
  cancelled: 'Cancelled',
};

const KEY = 'sandbox-key';
const LAGOS_MINUTES = 60;
const DAY_MS = 86_400_000;

const lagosTime = (at: number): string => clockTime(at, LAGOS_MINUTES).replace('T', ' ');
const refusal = (status: number, description: string): SandboxAnswer => ({
  status,
  body: { status: 'Error', description },
});

function login({ body }: SandboxRequest, shelf: Shelf): SandboxAnswer {
  const given = JSON.parse(body) as { readonly user_id?: string; readonly password?: string };
  const letIn = given.user_id === 'sandbox' && given.password === 'sandbox' && shelf.credentialsWork();
  if (!letIn) return refusal(401, 'Invalid credentials');
  const authDetails = { authToken: SANDBOX_TOKEN, expireToken: lagosTime(shelf.now() + DAY_MS) };
  return { status: 200, body: { status: 'Success', authDetails, orgDetails: { 'secret-key': KEY } } };
}

function track(number: string, request: SandboxRequest, shelf: Shelf): SandboxAnswer {
  if (!hasToken(request) || request.headers['secret-key'] !== KEY || !shelf.credentialsWork())
    return refusal(401, 'Unauthorized');
  const parcel = shelf.parcel(number);
  return parcel === undefined ? refusal(404, 'Order not found') : { status: 200, body: order(parcel) };
}

function order({ number, events }: SeededParcel) {
  const history = events.map((event) => ({
    orderStatus: codeOf(codes, event),
    statusCreationDate: lagosTime(event.at),
    statusDescription: 'Handled by Musa, 08031234567',
  }));
  return {
    status: 'Success',
    order: {
      orderNo: number,
      orderStatus: history.at(-1)?.orderStatus ?? 'Pending Pick-Up',
      createdAt: history[0]?.statusCreationDate ?? null,
      recipientName: 'Ada Obi',
    },
    history,
  };
}

export const fez: CarrierWriter = {
  id: 'fez',
  settings: { userId: 'sandbox', password: 'sandbox' },
  codes,
  answer: (request, shelf) => {
    if (request.method === 'POST' && request.path === '/user/authenticate') return login(request, shelf);
    const number = /^\/order\/track\/([^/]+)$/.exec(request.path)?.[1];
    return request.method === 'GET' && number !== undefined
      ? track(decodeURIComponent(number), request, shelf)
      : null;
  },
};
