/** The OAuth2 answer to a login (RFC 6749, 5.1), which several carriers share; each builds its own request. */
import { z } from 'zod';
import type { CarrierIo, HttpRequest } from './carrier.ts';
import { ask } from './http.ts';
import { loginFailure } from './session.ts';
import type { Login } from './session.ts';

/** `expires_in` is seconds, by some carriers written as text. */
const Token = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive() });

/** Makes the login request and reads the token. */
export async function oauthLogin(io: CarrierIo, request: HttpRequest): Promise<Login<string>> {
  const answer = await ask(io, request);
  if (answer.kind === 'failed') return loginFailure(answer);
  const token = Token.safeParse(answer.body);
  if (!token.success) return { kind: 'failed', reason: 'malformed' };
  return { kind: 'token', token: token.data.access_token, livesMs: token.data.expires_in * 1000 };
}
