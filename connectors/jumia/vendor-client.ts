/**
 * Talks to Vendor Center: one renewal of the token at a time, 4 requests a second and 200 a minute per master shop
 * (shared by all its clients), one pair of dates, ranges of at most three months, no filter by order number.
 */
import Bottleneck from 'bottleneck';
import { z } from 'zod';
import type { Order } from '../../domain/order.ts';
import type { ChannelHttpResponse, ChannelIo } from '../channel.ts';
import { gathering } from './gathering.ts';
import type { OrdersPage, VendorOrder } from './vendor-orders.ts';
import { readItems, readOrdersPage, toOrder } from './vendor-orders.ts';

/** Where tokens live. All calls are durable when they return. */
export type TokenStore = {
  readonly read: () => Promise<{
    readonly refreshToken: string;
    readonly accessToken: string;
    readonly expiresAt: number;
    readonly rejected: string | null;
  }>;
  readonly lock: (now: number, until: number) => Promise<boolean>;
  readonly save: (token: {
    readonly refreshToken: string;
    readonly accessToken: string;
    readonly expiresAt: number;
  }) => Promise<void>;
  readonly unlock: (rejected: string | null) => Promise<void>;
};

export type VendorSettings = {
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
};

/**
 * `reconnect`: only a person can help, by generating a new token in Vendor Center. `rejected`: Vendor Center does not
 * take what was asked for, for example the id of an order that is gone.
 */
export class VendorError extends Error {
  readonly code: 'reconnect' | 'forbidden' | 'unavailable' | 'malformed' | 'rejected';
  constructor(code: VendorError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type OrderRange = {
  readonly by: 'created' | 'updated';
  readonly after: number;
  readonly before: number;
  readonly shopId?: string | undefined;
  readonly token?: string | null;
  /** Nobody waits for it: customers' look-ups go first. */
  readonly background?: boolean;
};

export type VendorClient = {
  readonly ordersPage: (range: OrderRange) => Promise<OrdersPage>;
  /** Items of up to {@link ITEMS_BATCH} orders. */
  readonly withItems: (
    orders: readonly VendorOrder[],
    shop: { readonly id: string; readonly country: string },
    options?: { readonly background?: boolean },
  ) => Promise<readonly Order[]>;
  /** The newest items of an order we know. Up to {@link ITEMS_BATCH} that are wanted at once take one call. */
  readonly refreshItems: (order: Order) => Promise<Order>;
};

export const LONGEST_RANGE_MS = 89 * 86_400_000;
export const ITEMS_BATCH = 50;
const PAGE_SIZE = '100';
const TIMEOUT_MS = 10_000;
const RENEW_BEFORE_MS = 60_000;
/** Of the limiter: lower goes first. */
const PRIORITY = { customer: 3, background: 8 };
const LONGEST_PAUSE_SECONDS = 10;
const LOCK_MS = 30_000;
const LOCK_WAIT_MS = 200;
const LOCK_PATIENCE_MS = 20_000;

const tokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().default(600),
});
const tokenRefusal = z.looseObject({ error: z.string(), error_description: z.string().nullish() });

/** ISO 8601 without milliseconds: the form seen working. */
function stamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function createVendorClient(
  settings: VendorSettings,
  tokens: TokenStore,
  io: ChannelIo,
): VendorClient {
  const limiter = new Bottleneck({
    minTime: 275,
    reservoir: 200,
    reservoirRefreshAmount: 200,
    reservoirRefreshInterval: 60_000,
    maxConcurrent: 4,
  });
  let renewal: Promise<string> | null = null;

  async function accessToken(refused: string | null): Promise<string> {
    const token = await tokens.read();
    const good =
      token.accessToken !== '' &&
      token.accessToken !== refused &&
      token.expiresAt - RENEW_BEFORE_MS > io.now();
    if (good) return token.accessToken;
    if (token.rejected) throw new VendorError('reconnect', reconnectMessage(token.rejected));
    renewal ??= renew(refused).finally(() => (renewal = null));
    return renewal;
  }

  /** The other process that holds the lock writes the new token; we only wait for it. */
  async function renew(refused: string | null): Promise<string> {
    const patience = io.now() + LOCK_PATIENCE_MS;
    while (!(await tokens.lock(io.now(), io.now() + LOCK_MS))) {
      if (io.now() > patience)
        throw new VendorError(
          'unavailable',
          'Another process is renewing the Vendor Center token and does not finish.',
        );
      await new Promise((resolve) => setTimeout(resolve, LOCK_WAIT_MS));
      const token = await tokens.read();
      if (token.accessToken !== '' && token.accessToken !== refused && token.expiresAt > io.now())
        return token.accessToken;
    }
    let rejected: string | null = null;
    try {
      const token = await tokens.read();
      const { body, status } = await exchange(token.refreshToken);
      const answer = tokenAnswer.safeParse(body);
      if (status === 200 && answer.success) {
        const { access_token, refresh_token, expires_in } = answer.data;
        await tokens.save({
          refreshToken: refresh_token ?? token.refreshToken,
          accessToken: access_token,
          expiresAt: io.now() + expires_in * 1000,
        });
        return access_token;
      }
      const refusal = tokenRefusal.safeParse(body);
      if (status >= 400 && status < 500 && status !== 429 && refusal.success) {
        rejected = refusal.data.error;
        throw new VendorError('reconnect', reconnectMessage(rejected));
      }
      throw new VendorError('unavailable', `The token could not be renewed: HTTP ${status}.`);
    } catch (error) {
      await tokens.unlock(rejected);
      throw error;
    }
  }

  async function exchange(refreshToken: string): Promise<{ status: number; body: unknown }> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: settings.clientId,
      refresh_token: refreshToken,
    });
    const response = await send({
      method: 'POST',
      url: `${settings.tokenUrl}/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    });
    return { status: response.status, body: tryJson(response.body) };
  }

  async function send(
    request: Parameters<ChannelIo['http']>[0],
    priority = PRIORITY.customer,
  ): Promise<ChannelHttpResponse> {
    try {
      return await limiter.schedule({ priority }, () => io.http({ ...request, timeoutMs: TIMEOUT_MS }));
    } catch (error) {
      throw new VendorError('unavailable', 'Vendor Center did not answer.', { cause: error });
    }
  }

  async function get(path: string, query: URLSearchParams, background = false): Promise<unknown> {
    let refused: string | null = null;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const token = await accessToken(refused);
      const response = await send(
        {
          method: 'GET',
          url: `${settings.baseUrl}${path}?${query.toString()}`,
          headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        },
        background ? PRIORITY.background : PRIORITY.customer,
      );
      if (response.status === 200) return bodyOf(response);
      if (response.status === 401) refused = token;
      else if (response.status === 429) await pause(response);
      else throw refusal(response.status);
    }
    throw new VendorError('unavailable', 'Vendor Center refused the call twice.');
  }

  async function pause(response: ChannelHttpResponse): Promise<void> {
    const wait = Math.min(Number(response.headers['retry-after'] ?? 1) || 1, LONGEST_PAUSE_SECONDS) * 1000;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }

  async function items(ids: readonly string[], background = false) {
    const query = new URLSearchParams(ids.map((id): [string, string] => ['orderId', id]));
    return shaped(readItems, await get('/orders/items', query, background));
  }

  const freshItems = gathering(
    ITEMS_BATCH,
    async (ids) => new Map((await items(ids)).map((found) => [found.orderId, found])),
    (error) => error instanceof VendorError && error.code === 'rejected',
  );

  return {
    ordersPage: async ({ by, after, before, shopId, token, background }) => {
      const from = Math.max(after, before - LONGEST_RANGE_MS);
      const query = new URLSearchParams({
        [`${by}After`]: stamp(from),
        [`${by}Before`]: stamp(before),
        size: PAGE_SIZE,
        sort: 'DESC',
      });
      if (shopId) query.set('shopId', shopId);
      if (token) query.set('token', token);
      return shaped(readOrdersPage, await get('/orders', query, background));
    },
    withItems: async (orders, shop, options) => {
      if (orders.length === 0) return [];
      const found = await items(
        orders.map((order) => order.id),
        options?.background,
      );
      const readAt = io.now();
      return orders.map((order) =>
        toOrder(
          order,
          found.find(({ orderId }) => orderId === order.id),
          shop,
          readAt,
        ),
      );
    },
    refreshItems: async (order) => {
      const found = await freshItems(order.id);
      const fresh = toOrder(
        {
          id: order.id,
          number: order.number,
          country: { code: order.country, currencyCode: order.total?.currency },
        },
        found,
        { id: order.shop, country: order.country },
        io.now(),
      );
      return { ...order, items: fresh.items.length > 0 ? fresh.items : order.items, readAt: fresh.readAt };
    },
  };
}

function reconnectMessage(why: string): string {
  return `Vendor Center refused the refresh token (${why}). Generate a new one: Vendor Center → Settings → Applications → Generate Token, and put it into the environment.`;
}

function refusal(status: number): VendorError {
  if (status === 403)
    return new VendorError(
      'forbidden',
      'Vendor Center refused the call: the application needs the role "VC - Order Viewer".',
    );
  const code = status >= 400 && status < 500 ? 'rejected' : 'unavailable';
  return new VendorError(code, `Vendor Center answered with HTTP ${status}.`);
}

function bodyOf(response: ChannelHttpResponse): unknown {
  const json = tryJson(response.body);
  if (json === undefined)
    throw new VendorError('malformed', 'Vendor Center answered with something that is not JSON.');
  return json;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function shaped<T>(read: (json: unknown) => T, json: unknown): T {
  try {
    return read(json);
  } catch (error) {
    throw new VendorError('malformed', 'Vendor Center answered in a shape we do not know.', { cause: error });
  }
}
