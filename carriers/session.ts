/**
 * A login token's life, for carriers that want one: log in when first needed, share the token, renew it
 * before it runs out, and after a refusal log in once more, never in a loop.
 */
import type { Clock } from '../domain/time.ts';
import type { Answer, Failure } from './http.ts';

export type Login<Token> =
  { readonly kind: 'token'; readonly token: Token; readonly livesMs: number } | Failure;

/** Tokens are renewed this long before the carrier says they end. */
const MARGIN_MS = 60_000;

export type Session<Token> = {
  /** Runs `call` with a token; when the carrier refuses an older token, once more with a fresh one. */
  readonly withToken: (
    signal: AbortSignal,
    call: (token: Token) => Promise<Answer | Failure>,
    refused?: (answer: Answer | Failure) => boolean,
  ) => Promise<Answer | Failure>;
};

/** `login` is called by one caller at a time; the others wait for its token. */
export function createSession<Token>(options: {
  readonly login: (signal: AbortSignal) => Promise<Login<Token>>;
  readonly now: Clock;
}): Session<Token> {
  let held: { token: Token; until: number } | null = null;
  let pending: Promise<Login<Token>> | null = null;

  async function logIn(signal: AbortSignal): Promise<Login<Token>> {
    const result = await options.login(signal);
    held =
      result.kind === 'token'
        ? { token: result.token, until: options.now() + tokenLife(result.livesMs) }
        : null;
    return result;
  }

  async function freshToken(signal: AbortSignal): Promise<Login<Token>> {
    const shared = pending;
    if (shared !== null) {
      const result = await shared;
      // The one who logged in for all of us ran out of time; we may have some left.
      if (result.kind === 'failed' && result.reason === 'timeout' && !signal.aborted) return logIn(signal);
      return result;
    }
    const own = logIn(signal).finally(() => {
      pending = null;
    });
    pending = own;
    return own;
  }

  return {
    withToken: async (signal, call, refused = refusedByStatus) => {
      const used = held;
      if (used !== null && options.now() < used.until) {
        const answer = await call(used.token);
        if (!refused(answer)) return answer;
        if (held === used) held = null;
      }
      const renewed = current();
      if (renewed !== null) return call(renewed);
      const result = await freshToken(signal);
      return result.kind === 'failed' ? result : call(result.token);
    },
  };

  /** The token another caller may have fetched while ours was being refused. */
  function current(): Token | null {
    return held !== null && options.now() < held.until ? held.token : null;
  }
}

function tokenLife(livesMs: number): number {
  return Math.max(livesMs - MARGIN_MS, livesMs / 2);
}

function refusedByStatus(answer: Answer | Failure): boolean {
  return answer.kind === 'failed' && answer.reason === 'auth';
}

/** A login that is refused is bad credentials, whatever 4xx the carrier picks for it. */
export function loginFailure(failure: Failure): Failure {
  return failure.reason === 'rejected' ? { kind: 'failed', reason: 'auth' } : failure;
}
