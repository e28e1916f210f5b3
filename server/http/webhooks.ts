/** Webhooks: size limit → raw body → signature → parse → one durable transaction → 200. Nothing else happens before. */
import express from 'express';
import type { IRouter, Request, Response } from 'express';
import type { ConnectedChannel } from '../../connectors/channel.ts';
import type { AcceptResult } from '../accept.ts';
import type { Inbound } from '../../connectors/channel.ts';
import type { Log } from '../log.ts';

export type WebhookDeps = {
  readonly channel: (channel: string, account: string | null) => ConnectedChannel | null;
  /** Durable when it returns. */
  readonly accept: (channel: string, account: string, inbound: readonly Inbound[]) => Promise<AcceptResult>;
  /** True when so much waits that more must be refused for a while. */
  readonly overloaded: () => boolean;
  readonly log: Log;
};

const LARGEST_BODY = '256kb';
/** Meta sends up to 3 MB. */
const LARGEST_BATCH = '3mb';
const RETRY_AFTER_SECONDS = '5';

/** Straight on the application, without a router in between: these are most of the requests. */
export function addWebhooks(router: IRouter, deps: WebhookDeps): void {
  router.post(
    '/webhooks/jumia/:shop',
    express.raw({ type: () => true, limit: LARGEST_BODY }),
    (request, response, next) => {
      receive(deps, 'jumia', String(request.params['shop']), request, response).catch(next);
    },
  );
  router.get('/webhooks/whatsapp', (request, response) => {
    const challenge = deps.channel('whatsapp', null)?.handshake?.(request.query) ?? null;
    if (challenge === null) return refuse(response, 403, 'forbidden', 'The verify token does not match.');
    response.status(200).type('text/plain').send(challenge);
  });
  router.post(
    '/webhooks/whatsapp',
    express.raw({ type: () => true, limit: LARGEST_BATCH }),
    (request, response, next) => {
      receive(deps, 'whatsapp', null, request, response).catch(next);
    },
  );
}

async function receive(
  deps: WebhookDeps,
  name: string,
  account: string | null,
  request: Request,
  response: Response,
): Promise<void> {
  const channel = deps.channel(name, account);
  if (!channel) return refuse(response, 404, 'unknown_shop', 'There is no such shop in this installation.');
  const body: unknown = request.body;
  const webhook = {
    account,
    headers: flatten(request),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
  const verdict = channel.verify(webhook);
  if (verdict.kind === 'refused') {
    deps.log.warn({ channel: name, account, why: verdict.why }, 'a webhook was refused');
    return refuse(response, 401, 'unauthorized', 'The signature is not valid.');
  }
  const parsed = channel.parse(webhook);
  if (parsed.kind === 'malformed') {
    deps.log.warn(
      { channel: name, account, code: parsed.code, why: parsed.why },
      'a webhook could not be read',
    );
    return refuse(response, 400, parsed.code, parsed.why);
  }
  if (deps.overloaded()) {
    response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    return refuse(response, 503, 'overloaded', 'Too much is waiting. Please send again a little later.');
  }
  try {
    report(deps.log, name, parsed.inbound);
    let stale = false;
    for (const [owner, inbound] of byAccount(account, parsed.inbound))
      stale = (await deps.accept(name, owner, inbound)).stale || stale;
    if (stale)
      return refuse(
        response,
        409,
        'stale_version',
        'The conversation has changed hands since. Read its version and try again.',
      );
    acknowledge(response);
  } catch (error) {
    deps.log.error({ channel: name, account, err: error }, 'a webhook could not be stored');
    response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    refuse(response, 503, 'unavailable', 'The message could not be stored. Please send it again.');
  }
}

/** What a webhook holds, by the account it is for, each in order. Sent again after a failure half-way, it does no harm. */
function byAccount(account: string | null, inbound: readonly Inbound[]): Map<string, Inbound[]> {
  const groups = new Map<string, Inbound[]>();
  for (const one of inbound) {
    const owner = account ?? accountOf(one);
    if (owner === null) continue;
    const group = groups.get(owner);
    if (group) group.push(one);
    else groups.set(owner, [one]);
  }
  return groups;
}

/** Null where there is nothing to store. */
function accountOf(inbound: Inbound): string | null {
  switch (inbound.kind) {
    case 'message':
      return inbound.message.account;
    case 'status':
    case 'control':
    case 'identity':
      return inbound.account;
    case 'alert':
    case 'ignored':
      return null;
  }
}

function report(log: Log, channel: string, inbound: readonly Inbound[]): void {
  for (const one of inbound) {
    if (one.kind === 'alert')
      log.error(
        { channel, account: one.account, code: one.code, why: one.why },
        'the channel reports trouble',
      );
    if (one.kind === 'status' && one.error)
      log.error(
        { channel, account: one.account, code: one.error.code },
        'a message did not reach the customer',
      );
    if (one.kind === 'ignored') log.info({ channel, what: one.why }, 'a webhook told nothing to answer');
  }
}

const RECEIVED = JSON.stringify({ received: true });

/** Written straight: an entity tag and content negotiation are of no use to a machine, and cost more than the rest. */
function acknowledge(response: Response): void {
  response
    .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': RECEIVED.length })
    .end(RECEIVED);
}

function refuse(response: Response, status: number, code: string, why: string): void {
  response.status(status).json({ error: { code, message: why } });
}

function flatten(request: Request): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const [key, value] of Object.entries(request.headers))
    flat[key] = Array.isArray(value) ? value.join(' ') : value;
  return flat;
}
