/**
 * The Jumia chat profile of the marketplace-chat contract: signed webhooks in, idempotent messages and control changes
 * out, a catch-up read for webhooks that got lost.
 */
import { z } from 'zod';
import type { Channel, ChannelHttpResponse, ControlChange, Outgoing, SendOutcome } from '../channel.ts';
import { clip, toPlainText } from '../plain-text.ts';
import { verifyStandard } from '../signature.ts';
import { readMissed } from './catch-up.ts';
import type { Read } from './catch-up.ts';
import { mirroredBody } from './mirrored.ts';
import { CONTRACT_VERSION, parseWebhook } from './parse.ts';

const settings = z.object({
  account: z.string(),
  baseUrl: z.url(),
  token: z.string().min(1),
  webhookSecrets: z.array(z.string()).min(1),
  registrationId: z.string().nullable(),
});
type Settings = z.infer<typeof settings>;

const LIMITS = {
  textChars: 4_000,
  buttons: 0,
  buttonTitleChars: 0,
  listRows: 0,
  listTitleChars: 0,
  idempotent: true,
} as const;
const SEND_TIMEOUT_MS = 10_000;
const BACK_OFF_MS = 2_000;

const sent = z.looseObject({ message_id: z.union([z.string(), z.number()]).transform(String).optional() });

/** Every call names the tool and the version of the contract it speaks. */
function identity(config: Settings): Record<string, string> {
  return {
    contract_version: CONTRACT_VERSION,
    ...(config.registrationId ? { tool_registration_id: config.registrationId } : {}),
  };
}

export function messageBody(config: Settings, outgoing: Outgoing): string {
  return JSON.stringify({
    ...identity(config),
    client_message_id: outgoing.clientMessageId,
    ...(outgoing.replyTo ? { reply_to: outgoing.replyTo } : {}),
    content: { type: 'text', text: clip(toPlainText(outgoing.reply), LIMITS.textChars) },
    purpose: outgoing.reply.purpose,
    sla_counted: outgoing.slaCounted,
  });
}

export function controlBody(config: Settings, change: ControlChange): string {
  return JSON.stringify({
    type: 'control.changed',
    timestamp: new Date(change.at).toISOString(),
    ...identity(config),
    data: {
      event_id: change.id,
      account_id: change.account,
      conversation_id: change.conversation,
      from: change.from,
      to: change.to,
      version: change.version,
      reason: change.reason,
      queue: change.queue,
      summary: change.summary,
      metadata: change.metadata,
    },
  });
}

/** What the answer to a post means. 409 on our own id: it was taken before. */
function outcome(response: ChannelHttpResponse, clientId: string): SendOutcome {
  const { status, headers, body } = response;
  if (status >= 200 && status < 300) {
    const read = sent.safeParse(tryJson(body));
    return { kind: 'accepted', id: (read.success ? read.data.message_id : undefined) ?? clientId };
  }
  if (status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after']);
    return {
      kind: 'retry',
      afterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : BACK_OFF_MS,
      why: `HTTP ${status}`,
    };
  }
  if (status === 408 || status === 425) return { kind: 'retry', afterMs: BACK_OFF_MS, why: `HTTP ${status}` };
  return { kind: 'refused', code: `http_${status}`, why: refusalWhy(status) };
}

function refusalWhy(status: number): string {
  if (status === 401 || status === 403) return 'The chat token was refused: renew shops[].chat.token.';
  if (status === 404) return 'The conversation is not known on the other side.';
  return `The message was refused with HTTP ${status}.`;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function headers(config: Settings): Record<string, string> {
  return {
    authorization: `Bearer ${config.token}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
}

export const jumiaChat: Channel = {
  id: 'jumia',
  settings,
  limits: LIMITS,
  connect: (given, io) => {
    const config = settings.parse(given);
    const post = async (url: string, body: string, clientId: string): Promise<SendOutcome> => {
      try {
        const response = await io.http({
          method: 'POST',
          url,
          headers: { ...headers(config), 'idempotency-key': clientId },
          body,
          timeoutMs: SEND_TIMEOUT_MS,
        });
        return outcome(response, clientId);
      } catch (error) {
        // The channel de-duplicates on our id, so a broken line may simply be tried again.
        return { kind: 'retry', afterMs: BACK_OFF_MS, why: error instanceof Error ? error.name : 'network' };
      }
    };
    const read: Read = (path, query) =>
      io.http({
        method: 'GET',
        url: `${config.baseUrl}${path}?${new URLSearchParams(query).toString()}`,
        headers: headers(config),
        timeoutMs: SEND_TIMEOUT_MS,
      });
    const at = (conversation: string, what: string): string =>
      `${config.baseUrl}/conversations/${encodeURIComponent(conversation)}/${what}`;
    return {
      verify: (webhook) => verifyStandard(webhook, config.webhookSecrets, io.now()),
      parse: (webhook) =>
        parseWebhook(webhook.body, config.account, webhook.headers['webhook-id'] ?? '', io.now()),
      send: (outgoing) =>
        post(at(outgoing.conversation, 'messages'), messageBody(config, outgoing), outgoing.clientMessageId),
      control: (change) => post(at(change.conversation, 'control'), controlBody(config, change), change.id),
      mirror: (message) => {
        const { id, body, more } = mirroredBody(message, LIMITS.textChars);
        const posted = post(
          at(message.conversation, 'messages'),
          JSON.stringify({ ...identity(config), ...body }),
          id,
        );
        return posted.then((told) => (told.kind === 'accepted' && more ? { ...told, more } : told));
      },
      catchUp: (cursor) => readMissed({ account: config.account, read, now: io.now }, cursor),
    };
  },
};
