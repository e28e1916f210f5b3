/** The token desk of carriers with OAuth2 client credentials: one token for everybody the sandbox lets in. */
import type { SandboxAnswer, SandboxRequest } from './writer.ts';

export const SANDBOX_TOKEN = 'sandbox-token';

export const BASIC_SANDBOX = `Basic ${Buffer.from('sandbox:sandbox').toString('base64')}`;

/** The token, or the carrier's own refusal. */
export function giveToken(letIn: boolean, refusal: SandboxAnswer): SandboxAnswer {
  return letIn
    ? { status: 200, body: { access_token: SANDBOX_TOKEN, token_type: 'Bearer', expires_in: 3600 } }
    : refusal;
}

export function hasToken(request: SandboxRequest): boolean {
  return request.headers['authorization'] === `Bearer ${SANDBOX_TOKEN}`;
}
