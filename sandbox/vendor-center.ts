/**
 * Emulates Jumia's Vendor Center API with its real behaviour: rotating refresh tokens, 4 requests a second and 200 a
 * minute, one pair of dates, ranges of at most three months, today's orders without dates, items as an array, no
 * filter by number, and an error body of another shape in every service.
 */
import { createHmac, randomUUID } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';
import type { Seed, SeedOrder } from './seed.ts';

const KEY = 'sandbox';
const TOKEN_SECONDS = 900;
const LONGEST_RANGE_MS = 92 * 86_400_000;
const DEFAULT_SIZE = 10;
const LARGEST_SIZE = 300;

export type VendorSandbox = {
  readonly router: Router;
  /** How often each path was called. */
  readonly calls: () => Readonly<Record<string, number>>;
  /** Answers everything with this status until set back to null. */
  readonly fail: (status: number | null) => void;
};

function sign(text: string): string {
  return createHmac('sha256', KEY).update(text).digest('hex').slice(0, 16);
}

/** A refresh token knows its place in the chain, so that the chain survives a restart of the sandbox. */
function refreshToken(client: string, turn: number): string {
  return `sandbox.${client}.${turn}.${sign(`${client}.${turn}`)}`;
}

/** The token a person would generate by hand in Vendor Center. */
export function firstRefreshToken(client: string): string {
  return refreshToken(client, 0);
}

export function createVendorSandbox(seed: Seed, now: () => number): VendorSandbox {
  const calls: Record<string, number> = {};
  const spent = new Map<string, number>();
  const access = new Map<string, number>();
  const recent: number[] = [];
  let failing: number | null = null;
  const router = express.Router();

  router.use((request, response, next) => {
    calls[request.path] = (calls[request.path] ?? 0) + 1;
    if (failing !== null)
      return void response.status(failing).type('html').send('<html><body>Service error</body></html>');
    const at = now();
    while (recent.length > 0 && at - (recent[0] ?? 0) > 60_000) recent.shift();
    recent.push(at);
    const tooMany = recent.length > 200 || recent.filter((one) => at - one < 1_000).length > 4;
    if (tooMany)
      return void response
        .status(429)
        .set('retry-after', '1')
        .json({ message: 'Too many requests', status: 429 });
    next();
  });

  router.post('/token', express.urlencoded({ extended: false }), (request, response) => {
    const form = request.body as Record<string, string>;
    const [, client, turn, mac] = (form['refresh_token'] ?? '').split('.');
    const place = Number(turn);
    const genuine =
      client === form['client_id'] &&
      mac === sign(`${client}.${turn}`) &&
      place >= (spent.get(client ?? '') ?? 0);
    if (form['grant_type'] !== 'refresh_token' || !client || !genuine) {
      return void response
        .status(400)
        .json({ error: 'invalid_grant', error_description: 'The refresh token is used, rotated or expired' });
    }
    spent.set(client, place + 1);
    const token = randomUUID();
    access.set(token, now() + TOKEN_SECONDS * 1000);
    response.json({
      access_token: token,
      expires_in: TOKEN_SECONDS,
      refresh_token: refreshToken(client, place + 1),
      refresh_expires_in: 86_400,
      token_type: 'Bearer',
    });
  });

  const authorized = (request: Request, response: Response): boolean => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if ((access.get(token) ?? 0) > now()) return true;
    response.status(401).json({
      timestamp: new Date(now()).toISOString(),
      status: 401,
      error: 'Unauthorized',
      path: request.path,
    });
    return false;
  };

  router.get('/orders', (request, response) => {
    if (!authorized(request, response)) return;
    const range = readRange(request, now());
    if ('error' in range) return void response.status(400).json({ message: range.error, status: 400 });
    const shop = queryOf(request, 'shopId');
    const size = Math.min(Number(queryOf(request, 'size') ?? DEFAULT_SIZE), LARGEST_SIZE);
    const start = Number(Buffer.from(queryOf(request, 'token') ?? '', 'base64').toString() || 0);
    const matching = seed.orders.filter((order) => {
      const at = range.by === 'created' ? order.placedAt : updatedAt(order);
      return at >= range.after && at <= range.before && (!shop || order.shop === shop);
    });
    matching.sort((a, b) => (queryOf(request, 'sort') === 'ASC' ? 1 : -1) * (a.placedAt - b.placedAt));
    const page = matching.slice(start, start + size);
    const more = start + size < matching.length;
    response.json({
      orders: page.map(orderBody),
      nextToken: more ? Buffer.from(String(start + size)).toString('base64') : null,
      isLastPage: !more,
    });
  });

  router.get('/orders/items', (request, response) => {
    if (!authorized(request, response)) return;
    const wanted = new URL(request.url, 'http://sandbox').searchParams.getAll('orderId');
    const found = wanted.map((id) => seed.orders.find((order) => orderId(order) === id));
    if (found.length === 0 || found.includes(undefined))
      return void response.status(422).json({ message: 'Order id is not valid', status: 422 });
    response.json(found.flatMap((order) => (order ? [itemsBody(order)] : [])));
  });

  router.get('/shops', (request, response) => {
    if (authorized(request, response))
      response.json({
        shops: [...new Set(seed.orders.map((order) => order.shop))].map((id) => ({ id, name: id })),
      });
  });

  return { router, calls: () => ({ ...calls }), fail: (status) => (failing = status) };
}

function queryOf(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name];
  return typeof value === 'string' ? value : undefined;
}

type Range = { readonly by: 'created' | 'updated'; readonly after: number; readonly before: number };

function readRange(request: Request, now: number): Range | { readonly error: string } {
  const created = queryOf(request, 'createdAfter') ?? queryOf(request, 'createdBefore');
  const updated = queryOf(request, 'updatedAfter') ?? queryOf(request, 'updatedBefore');
  if (created && updated) return { error: 'Use either created or updated dates' };
  if (!created && !updated)
    return { by: 'created', after: new Date(now).setUTCHours(0, 0, 0, 0), before: now };
  const by = created ? 'created' : 'updated';
  const after = Date.parse(queryOf(request, `${by}After`) ?? '');
  const before = Date.parse(queryOf(request, `${by}Before`) ?? new Date(now).toISOString());
  if (Number.isNaN(after) || Number.isNaN(before)) return { error: 'Date format is not valid' };
  return before - after > LONGEST_RANGE_MS
    ? { error: 'The date range may not exceed 3 months' }
    : { by, after, before };
}

/** A UUID that only depends on the order number. */
function orderId(order: SeedOrder): string {
  const digest = sign(order.number).padEnd(32, '0');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4000-8000-${order.number.padStart(12, '0')}`;
}

function updatedAt(order: SeedOrder): number {
  return order.placedAt + 3_600_000;
}

const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');

function orderBody(order: SeedOrder): object {
  const statuses = [...new Set(order.items.map((item) => item.status))];
  const price = 4_500 * order.items.length;
  return {
    id: orderId(order),
    number: order.number,
    status: statuses[0],
    shopIds: [order.shop],
    totalItems: order.items.length,
    packedItems: order.items.filter((item) => item.tracking !== '').length,
    isPrepayment: false,
    hasMultipleStatus: statuses.length > 1,
    hasItemsFulfilledByJumia: false,
    pendingSince: iso(order.placedAt),
    deliveryOption: order.pickup ? 'Pickup Station' : 'standard',
    totalAmount: { currency: 'USD', value: 18.2 },
    totalAmountLocal: { currency: order.currency, value: price },
    country: { code: order.country, name: order.country, currencyCode: order.currency },
    shippingAddress: {
      firstName: order.firstName,
      lastName: order.lastName,
      address: '1 Sandbox Road',
      city: order.city,
      postalCode: '',
      ward: '',
      region: order.city,
      countryName: order.country,
    },
    createdAt: iso(order.placedAt),
    updatedAt: iso(updatedAt(order)),
  };
}

function itemsBody(order: SeedOrder): object {
  return {
    orderId: orderId(order),
    orderNumber: order.number,
    items: order.items.map((item, index) => ({
      id: `${orderId(order)}-${index + 1}`,
      shopId: order.shop,
      status: item.status,
      product: { name: item.name, sellerSku: `SKU-${index + 1}`, imageUrl: '' },
      trackingNumber: item.tracking,
      trackingUrl: '',
      shipmentType: 'Dropshipping',
      deliveryOption: order.pickup ? 'Pickup Station' : 'standard',
      isFulfilledByJumia: false,
      itemPriceLocal: 4_500,
      paidPriceLocal: 4_500,
      shippingAmountLocal: 500,
      voucherAmount: 0,
      taxAmount: 0,
      exchangeRate: 1,
      country: { code: order.country, name: order.country, currencyCode: order.currency },
      updatedAt: iso(updatedAt(order)).replace('T', ' ').replace('Z', ''),
    })),
  };
}
