/**
 * Emulates the marketplace side of the chat: takes messages and control changes (each once, by the sender's own id),
 * keeps what the customer saw, serves the catch-up read, and can write signed webhooks to the product.
 */
import { createHmac, randomUUID } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';

export type ChatMessage = {
  readonly message_id: string;
  readonly conversation_id: string;
  readonly sender: { readonly role: string; readonly id: string };
  readonly sent_at: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  /** As the product sent it. */
  readonly posted?: Readonly<Record<string, unknown>>;
};

export type ControlEvent = Readonly<Record<string, unknown>>;

export type ChatSandbox = {
  readonly router: Router;
  readonly messages: (conversation: string) => readonly ChatMessage[];
  readonly control: (conversation: string) => readonly ControlEvent[];
  /** Calls back for every message the product posts, once it is kept. */
  readonly listen: (heard: (message: ChatMessage) => void) => void;
  /** Answers every post with this status until set back to null. */
  readonly fail: (status: number | null) => void;
  /** Puts a customer message into the conversation without telling the product: only the catch-up read finds it. */
  readonly keep: (message: ChatMessage) => void;
  /** The bytes and headers of a webhook as the marketplace signs them. */
  readonly sign: (
    secret: string,
    event: unknown,
    options?: { readonly id?: string; readonly at?: number },
  ) => { readonly body: string; readonly headers: Record<string, string> };
};

export const CHAT_TOKEN = 'sandbox';

export function createChatSandbox(now: () => number): ChatSandbox {
  const messages = new Map<string, ChatMessage[]>();
  const controls = new Map<string, ControlEvent[]>();
  const taken = new Map<string, string>();
  const listeners: ((message: ChatMessage) => void)[] = [];
  let failing: number | null = null;
  const router = express.Router();

  const keep = (message: ChatMessage): void => {
    const list = messages.get(message.conversation_id) ?? [];
    list.push(message);
    messages.set(message.conversation_id, list);
  };

  router.use((request, response, next) => {
    if (failing !== null) return void response.status(failing).send('');
    if (request.headers.authorization !== `Bearer ${CHAT_TOKEN}`)
      return void response.status(401).json({ error: { code: 'unauthorized' } });
    next();
  });
  router.use(express.json());

  router.post('/conversations/:id/messages', (request: Request, response: Response) => {
    const posted = request.body as Record<string, unknown>;
    const clientId = posted['client_message_id'];
    const content = posted['content'] as Record<string, unknown> | undefined;
    if (typeof clientId !== 'string' || typeof content?.['type'] !== 'string')
      return void response.status(400).json({ error: { code: 'malformed' } });
    const known = taken.get(clientId);
    if (known) return void response.status(202).json({ message_id: known });
    const id = `jm-${randomUUID()}`;
    taken.set(clientId, id);
    const message: ChatMessage = {
      message_id: id,
      conversation_id: String(request.params['id']),
      sender: { role: 'bot', id: 'tool' },
      sent_at: new Date(now()).toISOString(),
      content,
      posted,
    };
    keep(message);
    for (const heard of listeners) heard(message);
    response.status(202).json({ message_id: id });
  });

  router.post('/conversations/:id/control', (request: Request, response: Response) => {
    const event = request.body as { data?: { event_id?: string } };
    const id = String(request.params['id']);
    const eventId = event.data?.event_id ?? randomUUID();
    if (!taken.has(eventId)) {
      taken.set(eventId, eventId);
      controls.set(id, [...(controls.get(id) ?? []), event]);
    }
    response.status(202).json({ event_id: eventId });
  });

  router.get('/conversations', (request: Request, response: Response) => {
    const after =
      Date.parse(typeof request.query['updated_after'] === 'string' ? request.query['updated_after'] : '') ||
      0;
    const touched = [...messages].filter(([, list]) =>
      list.some((message) => Date.parse(message.sent_at) >= after),
    );
    response.json({ conversations: touched.map(([id]) => ({ id })), next_cursor: null });
  });

  router.get('/conversations/:id/messages', (request: Request, response: Response) => {
    const after = Date.parse(typeof request.query['after'] === 'string' ? request.query['after'] : '') || 0;
    const list = messages.get(String(request.params['id'])) ?? [];
    response.json({
      messages: list
        .filter((message) => Date.parse(message.sent_at) >= after)
        .map(({ posted: _, ...message }) => message),
      next_cursor: null,
    });
  });

  return {
    router,
    messages: (conversation) => messages.get(conversation) ?? [],
    control: (conversation) => controls.get(conversation) ?? [],
    listen: (heard) => void listeners.push(heard),
    fail: (status) => (failing = status),
    keep,
    sign: (secret, event, { id = `msg_${randomUUID()}`, at = now() } = {}) => {
      const body = typeof event === 'string' ? event : JSON.stringify(event);
      const timestamp = String(Math.floor(at / 1000));
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      return {
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
      };
    },
  };
}
