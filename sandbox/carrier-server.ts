/**
 * A loopback web server whose pages are functions, with the troubles of real carriers. The emulator of
 * seeded parcels and the player of fixtures both stand on it.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Request, Response } from 'express';
import type { SandboxAnswer, SandboxRequest } from './carriers/writer.ts';

/**
 * Everything that can be wrong with a server, whoever runs it. `badCredentials` is the carrier's own way of
 * refusing and is left to the answering function; `hangUp` closes the connection without an answer.
 */
export const TROUBLES = [
  'http500',
  'rate429',
  'html',
  'cutOff',
  'otherShape',
  'stall',
  'hangUp',
  'badCredentials',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Seconds told in `Retry-After` by `rate429`. */
export const RETRY_AFTER_SECONDS = 7;

/** Answers requests below one base path. `trouble` is asked once for each request. */
export type Site = {
  readonly answer: (request: SandboxRequest) => SandboxAnswer;
  readonly trouble: (request: SandboxRequest) => Trouble | null;
};

export type CarrierServer = {
  /** Mounts a site below `/<name>` and answers its base URL. */
  readonly mount: (name: string, site: Site) => string;
  readonly close: () => Promise<void>;
};

/** Listens on 127.0.0.1; port 0 picks a free one. */
export async function openCarrierServer(port = 0): Promise<CarrierServer> {
  const sites = new Map<string, Site>();
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(express.text({ type: () => true, limit: '1mb' }));
  app.use((request: Request, response: Response) => {
    const [, name = ''] = request.path.split('/');
    const site = sites.get(name);
    if (site === undefined) {
      response.status(404).type('html').send('<html><body>404 Not Found</body></html>');
      return;
    }
    const asked = readRequest(request, name);
    serve(response, asked, site);
  });

  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    mount: (name, site) => {
      sites.set(name, site);
      return `${origin}/${name}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readRequest(request: Request, name: string): SandboxRequest {
  const url = new URL(request.originalUrl, 'http://sandbox');
  const headers = Object.entries(request.headers).map(([key, value]) => [key, String(value)]);
  return {
    method: request.method,
    path: url.pathname.slice(name.length + 1) || '/',
    query: url.searchParams,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: typeof request.body === 'string' ? request.body : '',
  };
}

function serve(response: Response, asked: SandboxRequest, site: Site): void {
  const trouble = site.trouble(asked);
  switch (trouble) {
    case null:
    case 'badCredentials':
      return send(response, site.answer(asked));
    case 'http500':
      return send(response, { status: 500, body: { message: 'Internal Server Error' } });
    case 'rate429':
      return send(response, {
        status: 429,
        headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
        body: { message: 'Too Many Requests' },
      });
    case 'html':
      return send(response, {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><html><body><h1>We will be back soon</h1></body></html>',
      });
    case 'cutOff': {
      const whole = site.answer(asked);
      const text = typeof whole.body === 'string' ? whole.body : JSON.stringify(whole.body);
      const headers = { 'content-type': 'application/json', ...whole.headers };
      return send(response, {
        status: whole.status,
        headers,
        body: text.slice(0, Math.floor(text.length * 0.6)),
      });
    }
    case 'otherShape':
      return send(response, { status: 200, body: { message: 'ok', items: [{ id: 1 }] } });
    case 'hangUp':
      response.socket?.destroy();
      return;
    case 'stall':
      return;
  }
}

function send(response: Response, { status, headers, body }: SandboxAnswer): void {
  response.status(status);
  response.set('content-type', typeof body === 'string' ? 'text/plain' : 'application/json');
  if (headers !== undefined) response.set({ ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
