/**
 * What an answer of a carrier's server means before anyone looks inside it. Every adapter asks through
 * `ask`, so that a time-out, a refused key, a rate limit, a maintenance page and a cut-off body mean the
 * same for all of them, and an adapter only knows bodies.
 *
 * Nothing here ever repeats a URL, a header or a body: some carriers put the key into the path.
 */
import { createHash } from 'node:crypto';
import type { CarrierIo, HttpRequest, HttpResponse } from './carrier.ts';
import type { ProviderErrorReason } from './shipment.ts';
import type { Clock } from '../domain/time.ts';

/** No tracking answer is near this size; a bigger one is a mistake or an attack. */
export const MAX_BODY_BYTES = 1_000_000;

/** Longest wait we believe. FedEx answers "until midnight"; a carrier asking for more is asked again sooner. */
const MAX_RETRY_AFTER_MS = 60 * 60_000;

/** The `Http` function rejects with this when a body passes `MAX_BODY_BYTES`. */
export class AnswerTooLarge extends Error {
  readonly code = 'ANSWER_TOO_LARGE';
  constructor() {
    super(`The carrier's answer is larger than ${MAX_BODY_BYTES} bytes; it was not read.`);
    this.name = 'AnswerTooLarge';
  }
}

/** No usable answer, and why. */
export type Failure = {
  readonly kind: 'failed';
  readonly reason: ProviderErrorReason;
  readonly retryAfterMs?: number;
};

/** A JSON body, as yet unread: 2xx, or one of the statuses the adapter asked to see. */
export type Answer = { readonly kind: 'body'; readonly status: number; readonly body: unknown };

export type AskOptions = {
  /** Statuses other than 2xx whose JSON body the adapter wants to read itself, for example a documented 404. */
  readonly alsoRead?: readonly number[];
};

/**
 * Makes one request and reads the body as JSON. Never throws for what a network or a carrier may do.
 *
 * A status in `alsoRead` only counts when its body is JSON: a web server's own 404 page must not become
 * "your parcel does not exist".
 */
export async function ask(
  io: Pick<CarrierIo, 'http' | 'now'>,
  request: HttpRequest,
  options: AskOptions = {},
): Promise<Answer | Failure> {
  let response: HttpResponse;
  try {
    response = await io.http(request);
  } catch (error) {
    return failureOf(error, request.signal);
  }
  return readAnswer(response, io.now, options.alsoRead ?? []);
}

/** The pure half of `ask`: what a whole response means. */
export function readAnswer(
  response: HttpResponse,
  now: Clock,
  alsoRead: readonly number[],
): Answer | Failure {
  const { status } = response;
  const wanted = (status >= 200 && status < 300) || alsoRead.includes(status);
  if (!wanted) return statusFailure(response, now);
  const body = readJson(response.body);
  if (body !== undefined) return { kind: 'body', status, body };
  return status < 300 ? { kind: 'failed', reason: 'malformed' } : statusFailure(response, now);
}

function failureOf(error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted === true) return { kind: 'failed', reason: 'timeout' };
  if (error instanceof AnswerTooLarge) return { kind: 'failed', reason: 'malformed' };
  return { kind: 'failed', reason: 'unavailable' };
}

function statusFailure({ status, headers }: HttpResponse, now: Clock): Failure {
  const reason = reasonOf(status);
  const retryAfterMs =
    reason === 'rate_limited' || reason === 'unavailable'
      ? readRetryAfter(headers['retry-after'], now)
      : undefined;
  return retryAfterMs === undefined ? { kind: 'failed', reason } : { kind: 'failed', reason, retryAfterMs };
}

function reasonOf(status: number): ProviderErrorReason {
  if (status === 401 || status === 403 || status === 407) return 'auth';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 425 || status >= 500) return 'unavailable';
  // A redirect is a login page or a moved host: not the API we know. We do not follow it with credentials.
  if (status < 400) return 'malformed';
  return 'rejected';
}

/** `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3); anything else is as if it were missing. */
export function readRetryAfter(value: string | undefined, now: Clock): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/[a-z]/i.test(text)) return undefined;
  return Math.min(Math.max(0, at - now()), MAX_RETRY_AFTER_MS);
}

function readJson(text: string): unknown {
  if (text.length > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    return undefined;
  }
}

/** An id of our own for one request, where a carrier wants one: 32 hexadecimal digits, the same for the same call. */
export function requestId(carrier: string, number: string, at: number): string {
  return createHash('sha256').update(`${carrier} ${number} ${at}`).digest('hex').slice(0, 32);
}
