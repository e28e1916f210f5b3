/** Posts to the Graph API and reads what came back (developers.facebook.com, Cloud API messages, read 2026-06). */
import { z } from 'zod';
import type { ChannelHttpResponse, ChannelIo } from '../channel.ts';

/**
 * - `error`: a clear refusal with Meta's code.
 * - `busy`: a clear refusal without one (429, 5xx).
 * - `not_sent`: the connection was never made.
 * - `broken`: the message may have been taken, the answer is missing.
 */
export type Posted =
  | { readonly kind: 'taken'; readonly id: string | null }
  | { readonly kind: 'error'; readonly code: number; readonly details: string; readonly status: number }
  | { readonly kind: 'busy'; readonly status: number; readonly afterMs: number | null }
  | { readonly kind: 'rejected'; readonly status: number }
  | { readonly kind: 'not_sent'; readonly why: string }
  | { readonly kind: 'broken'; readonly why: string };

export type Graph = {
  readonly post: (number: string, token: string, body: object, timeoutMs: number) => Promise<Posted>;
};

const taken = z.looseObject({
  messages: z.array(z.looseObject({ id: z.string().min(1) })).nullish(),
});
const refused = z.looseObject({
  error: z.looseObject({
    code: z.coerce.number().int(),
    message: z.string().catch(''),
    error_data: z
      .looseObject({ details: z.string().catch('') })
      .nullish()
      .catch(null),
  }),
});

/** Failures before a byte of the request left: trying again cannot send twice. */
const BEFORE_SENDING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
]);
const failure = z.looseObject({ code: z.string() });
/** A gateway gave up waiting for the server behind it, which may have done its work. */
const GATEWAY_TIMEOUT = 504;

export function createGraph(baseUrl: string, version: string, io: ChannelIo): Graph {
  const base = `${baseUrl.replace(/\/+$/, '')}/${version}`;
  return {
    post: async (number, token, body, timeoutMs) => {
      try {
        const response = await io.http({
          method: 'POST',
          url: `${base}/${encodeURIComponent(number)}/messages`,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            accept: 'application/json',
          },
          body: JSON.stringify(body),
          timeoutMs,
        });
        return readAnswer(response);
      } catch (error) {
        const code = failure.safeParse(error).data?.code ?? 'network';
        return BEFORE_SENDING.has(code) ? { kind: 'not_sent', why: code } : { kind: 'broken', why: code };
      }
    },
  };
}

export function readAnswer({ status, headers, body }: ChannelHttpResponse): Posted {
  const json = tryJson(body);
  if (status >= 200 && status < 300) {
    const read = taken.safeParse(json);
    return { kind: 'taken', id: (read.success ? read.data.messages?.[0]?.id : null) ?? null };
  }
  const error = refused.safeParse(json);
  if (error.success) {
    const { code, message, error_data } = error.data.error;
    return { kind: 'error', code, details: withoutNumbers(error_data?.details || message), status };
  }
  if (status === GATEWAY_TIMEOUT) return { kind: 'broken', why: `HTTP ${status}` };
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after']);
    return { kind: 'busy', status, afterMs: seconds > 0 ? seconds * 1000 : null };
  }
  return { kind: 'rejected', status };
}

/** Meta's explanations may repeat a phone number or a message id. */
function withoutNumbers(text: string): string {
  return text
    .replace(/wamid\.\S+/g, '…')
    .replace(/\+?\d(?:[\s-]?\d){6,}/g, '…')
    .slice(0, 200);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
