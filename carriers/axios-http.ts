/**
 * The one place where the carriers' `Http` meets the network. Connections are kept alive per process;
 * redirects are not followed (a login page must not receive our credentials); the environment's proxy
 * variables are ignored, so that only the configured base URLs decide where a request goes.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import type { Http, HttpRequest, HttpResponse } from './carrier.ts';
import { AnswerTooLarge, MAX_BODY_BYTES } from './http.ts';

const LAST_RESORT_MS = 30_000;

/** Rejected instead of axios' own error, which carries the URL and the headers with the credentials in them. */
export class NoAnswer extends Error {
  /** The system's or axios' word, for example `ECONNREFUSED`. */
  readonly code: string;
  constructor(code: string) {
    super(`No whole answer came from the carrier (${code}).`);
    this.name = 'NoAnswer';
    this.code = code;
  }
}

/** `close` ends the idle connections; call it when the process stops. */
export type ClosableHttp = Http & { readonly close: () => void };

/** Opens the connection pool. `timeoutMs` is a last resort: calls carry their own signal. */
export function createHttp(
  options: { readonly timeoutMs?: number; readonly maxSockets?: number } = {},
): ClosableHttp {
  const pool = { keepAlive: true, maxSockets: options.maxSockets ?? 32, maxFreeSockets: 8 };
  const httpAgent = new HttpAgent(pool);
  const httpsAgent = new HttpsAgent(pool);
  const client = axios.create({
    httpAgent,
    httpsAgent,
    timeout: options.timeoutMs ?? LAST_RESORT_MS,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    maxBodyLength: MAX_BODY_BYTES,
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
    headers: { common: { 'user-agent': 'wismo', accept: 'application/json' } },
  });

  const http: Http = async (request) => {
    try {
      const response = await client.request<string>({
        method: request.method,
        url: request.url,
        headers: { ...request.headers },
        data: request.body,
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      return { status: response.status, headers: plain(response.headers), body: String(response.data ?? '') };
    } catch (error) {
      throw withoutSecrets(error, request);
    }
  };
  return Object.assign(http, {
    close: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  });
}

function plain(headers: object): HttpResponse['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

function withoutSecrets(error: unknown, { signal }: HttpRequest): Error {
  if (signal?.aborted === true) return new DOMException('The request was given up.', 'AbortError');
  const { code, message } = error as { code?: string; message?: string };
  if (message?.includes('maxContentLength') === true) return new AnswerTooLarge();
  return new NoAnswer(code ?? 'unknown');
}
