/** Webhooks: size limit → raw body → signature → parse → one durable transaction → 200. Nothing else happens before. */
import express from 'express';
import type { Request, Response, Router } from 'express';
import type { ConnectedChannel } from '../../connectors/channel.ts';
import type { AcceptResult } from '../accept.ts';
import type { Inbound } from '../../connectors/channel.ts';
import type { Log } from '../log.ts';

export type WebhookDeps = {
  readonly channel: (channel: string, account: string) => ConnectedChannel | null;
  /** Durable when it returns. */
  readonly accept: (channel: string, account: string, inbound: readonly Inbound[]) => Promise<AcceptResult>;
  /** True when so much waits that more must be refused for a while. */
  readonly overloaded: () => boolean;
  readonly log: Log;
};

const LARGEST_BODY = '256kb';
const RETRY_AFTER_SECONDS = '5';

export function webhookRoutes(deps: WebhookDeps): Router {
  const router = express.Router();
  router.post(
    '/webhooks/jumia/:shop',
    express.raw({ type: () => true, limit: LARGEST_BODY }),
    (request, response, next) => {
      receive(deps, 'jumia', String(request.params['shop']), request, response).catch(next);
    },
  );
  return router;
}

async function receive(
  deps: WebhookDeps,
  name: string,
  account: string,
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
    const { stale } = await deps.accept(name, account, parsed.inbound);
    if (stale)
      return refuse(
        response,
        409,
        'stale_version',
        'The conversation has changed hands since. Read its version and try again.',
      );
    response.status(200).json({ received: true });
  } catch (error) {
    deps.log.error({ channel: name, account, err: error }, 'a webhook could not be stored');
    response.setHeader('retry-after', RETRY_AFTER_SECONDS);
    refuse(response, 503, 'unavailable', 'The message could not be stored. Please send it again.');
  }
}

function refuse(response: Response, status: number, code: string, why: string): void {
  response.status(status).json({ error: { code, message: why } });
}

function flatten(request: Request): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([key, value]) => [
      key,
      Array.isArray(value) ? value.join(' ') : value,
    ]),
  );
}
