/** The HTTP application: webhooks, web chat, health. */
import { join } from 'node:path';
import express from 'express';
import type { ErrorRequestHandler, Express, Router } from 'express';
import type { Log } from '../log.ts';
import type { WebhookDeps } from './webhooks.ts';
import { addWebhooks } from './webhooks.ts';

export type Health = { readonly store: boolean; readonly queue: boolean; readonly model: boolean };

export type AppDeps = {
  /** Null in a process that takes nothing in. */
  readonly webhooks: WebhookDeps | null;
  /** The API of the web chat page. */
  readonly webchat: Router | null;
  /** Folder with the web chat page; null when the web chat is switched off. */
  readonly pageFolder: string | null;
  readonly health: () => Promise<Health>;
  readonly log: Log;
};

const SECURITY_HEADERS = Object.entries({
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'",
});

export function createApp({ webhooks, webchat, pageFolder, health, log }: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.disable('etag');
  // Asked by machines, most of all: what follows is for browsers.
  if (webhooks) addWebhooks(app, webhooks);
  app.use((_request, response, next) => {
    for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
    next();
  });
  if (webchat) app.use(webchat);
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', (_request, response, next) => {
    health()
      // Without the queue work goes on, only slower: the store is what messages need.
      .then((parts) => response.status(parts.store && parts.model ? 200 : 503).json(parts))
      .catch(next);
  });
  if (pageFolder) app.use(express.static(join(pageFolder), { index: 'index.html', maxAge: '5m' }));
  app.use(
    (_request, response) =>
      void response
        .status(404)
        .json({ error: { code: 'not_found', message: 'There is nothing at this address.' } }),
  );
  app.use(onError(log));
  return app;
}

function onError(log: Log): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = (error as { status?: number }).status ?? 500;
    if (status === 413)
      return void response
        .status(413)
        .json({ error: { code: 'too_large', message: 'The body is too large.' } });
    if (status >= 400 && status < 500)
      return void response
        .status(status)
        .json({ error: { code: 'malformed', message: 'The request could not be read.' } });
    log.error({ err: error }, 'a request failed');
    response.status(500).json({ error: { code: 'internal', message: 'Something went wrong on our side.' } });
  };
}
