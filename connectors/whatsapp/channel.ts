/**
 * WhatsApp Business by Meta's Cloud API: one webhook for all numbers of the installation, signed with the app's secret.
 * There is no idempotency key: what may have been sent is never sent again, the statuses tell. A customer's message opens
 * a window of 24 hours; outside it only approved templates are taken.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Channel, RawWebhook, Verdict } from '../channel.ts';
import { createGraph } from './client.ts';
import { parseWebhook } from './parse.ts';
import { LIMITS } from './render.ts';
import { createSend, TYPING_TIMEOUT_MS } from './send.ts';
import { whatsappSettings } from './settings.ts';

const HOUR_MS = 3_600_000;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

/** Over the bytes as they came: parsed and written again, an accent or an emoji would break it. */
export function verifySignature({ headers, body }: RawWebhook, appSecrets: readonly string[]): Verdict {
  const given = SIGNATURE.exec(headers['x-hub-signature-256'] ?? '')?.[1];
  if (!given) return { kind: 'refused', why: 'the signature header is missing' };
  const bytes = Buffer.from(given, 'hex');
  const genuine = appSecrets
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(body).digest(), bytes))
    .includes(true);
  return genuine ? { kind: 'genuine' } : { kind: 'refused', why: 'no app secret matches the signature' };
}

/** The query of Meta's verification. Its names hold dots: they are plain keys, not paths. */
export function answerHandshake(
  query: Readonly<Record<string, unknown>>,
  verifyToken: string,
): string | null {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string')
    return null;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(token), digest(verifyToken)) ? challenge : null;
}

export const whatsapp: Channel = {
  id: 'whatsapp',
  settings: whatsappSettings,
  limits: {
    textChars: LIMITS.textChars,
    buttons: LIMITS.buttons,
    buttonTitleChars: LIMITS.buttonTitleChars,
    listRows: LIMITS.listRows,
    listTitleChars: LIMITS.listTitleChars,
    idempotent: false,
    merges: true,
    windowMs: 24 * HOUR_MS,
  },
  connect: (given, io) => {
    const config = whatsappSettings.parse(given);
    const numbers = new Set(config.numbers.map(({ phoneNumberId }) => phoneNumberId));
    const graph = createGraph(config.graphUrl, config.version, io);
    return {
      verify: (webhook) => verifySignature(webhook, config.appSecrets),
      parse: (webhook) => parseWebhook(webhook.body, { numbers, now: io.now() }),
      send: createSend(config, graph, io.now),
      handshake: (query) => answerHandshake(query, config.verifyToken),
      attend: async (account, messageId) => {
        const number = config.numbers.find(({ phoneNumberId }) => phoneNumberId === account);
        if (!number) return;
        const read = {
          messaging_product: 'whatsapp',
          status: 'read',
          message_id: messageId,
          typing_indicator: { type: 'text' },
        };
        await graph.post(account, number.token, read, TYPING_TIMEOUT_MS);
      },
    };
  },
};
