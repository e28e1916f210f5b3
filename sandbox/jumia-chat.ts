/**
 * Emulates the marketplace side of the chat: takes messages and control changes (each once, by the sender's own id),
 * keeps what the customer saw, serves the catch-up read, and can write signed webhooks to the product.
 */
import { createHmac, randomUUID } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';

export type ChatMessage = {
  readonly message_id: string;
  readonly client_message_id?: string;
  readonly conversation_id: string;
  readonly sender: { readonly role: string; readonly id: string };
  readonly sent_at: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  /** As the product sent it. */
  readonly posted?: Readonly<Record<string, unknown>>;
};

export type BrokenRead = { readonly status: number; readonly body?: string };

export type ControlEvent = Readonly<Record<string, unknown>>;

export type ChatSandbox = {
  readonly router: Router;
  readonly messages: (conversation: string) => readonly ChatMessage[];
  readonly control: (conversation: string) => readonly ControlEvent[];
  /** Calls back for every message the product posts, once it is kept. */
  readonly listen: (heard: (message: ChatMessage) => void) => void;
  /** Answers every post with this status until set back to null. */
  readonly fail: (status: number | null) => void;
  /** Rows a read answers with at once. */
  readonly pageSize: (rows: number) => void;
  /** Answers reads of a conversation's messages with this instead, until set back to null. */
  readonly breakReads: (conversation: string, answer: BrokenRead | null) => void;
  /** Puts a customer message into the conversation without telling the product: only the catch-up read finds it. */
  readonly keep: (message: ChatMessage, account?: string) => void;
  /** The bytes and headers of a webhook as the marketplace signs them. */
  readonly sign: (
    secret: string,
    event: unknown,
    options?: { readonly id?: string; readonly at?: number },
  ) => { readonly body: string; readonly headers: Record<string, string> };
};

/** What a message of another channel is told with. */
type Mirrored = { readonly sender: { readonly role: string }; readonly sent_at: string };

export const CHAT_TOKEN = 'sandbox';

export function createChatSandbox(now: () => number): ChatSandbox {
  const messages = new Map<string, ChatMessage[]>();
  const controls = new Map<string, ControlEvent[]>();
  const taken = new Map<string, string>();
  const listeners: ((message: ChatMessage) => void)[] = [];
  const accounts = new Map<string, string>();
  const broken = new Map<string, BrokenRead>();
  let failing: number | null = null;
  let pageRows = Infinity;
  const router = express.Router();

  const keep = (message: ChatMessage, account?: string): void => {
    if (account) accounts.set(message.conversation_id, account);
    const list = messages.get(message.conversation_id) ?? [];
    list.push(message);
    messages.set(message.conversation_id, list);
  };

  const page = <T>(list: readonly T[], { query }: Request) => {
    const from = Number(query['cursor'] ?? 0);
    const to = from + pageRows;
    return { rows: list.slice(from, to), next_cursor: to < list.length ? String(to) : null };
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
    const mirrored = posted['mirrored'] as Mirrored | undefined;
    const message: ChatMessage = {
      message_id: id,
      client_message_id: clientId,
      conversation_id: String(request.params['id']),
      sender: { role: mirrored?.sender.role ?? 'bot', id: 'tool' },
      sent_at: mirrored?.sent_at ?? new Date(now()).toISOString(),
      content,
      posted,
    };
    keep(message, typeof posted['account_id'] === 'string' ? posted['account_id'] : undefined);
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
    const asked = request.query['account_id'];
    const touched = [...messages].filter(
      ([id, list]) =>
        (accounts.get(id) ?? asked) === asked && list.some((message) => Date.parse(message.sent_at) >= after),
    );
    const { rows, next_cursor } = page(touched, request);
    response.json({ conversations: rows.map(([id]) => ({ id })), next_cursor });
  });

  router.get('/conversations/:id/messages', (request: Request, response: Response) => {
    const after = Date.parse(typeof request.query['after'] === 'string' ? request.query['after'] : '') || 0;
    const id = String(request.params['id']);
    const trouble = broken.get(id);
    if (trouble) return void response.status(trouble.status).send(trouble.body ?? '');
    const list = (messages.get(id) ?? []).filter((message) => Date.parse(message.sent_at) >= after);
    const { rows, next_cursor } = page(list, request);
    response.json({ messages: rows.map(({ posted: _, ...message }) => message), next_cursor });
  });

  return {
    router,
    messages: (conversation) => messages.get(conversation) ?? [],
    control: (conversation) => controls.get(conversation) ?? [],
    listen: (heard) => void listeners.push(heard),
    fail: (status) => (failing = status),
    pageSize: (rows) => (pageRows = rows),
    breakReads: (conversation, answer) =>
      void (answer ? broken.set(conversation, answer) : broken.delete(conversation)),
    keep: (message, account = 'shop-1') => keep(message, account),
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
