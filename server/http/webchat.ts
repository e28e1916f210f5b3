/** The API of the web chat page: open a conversation, write, read on. A secret token is all that opens a conversation. */
import { createHash, randomBytes } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Message } from '../../domain/message.ts';
import type { Clock } from '../../domain/time.ts';
import type { StoredConversation } from '../store/conversations.ts';
import type { TranscriptEntry } from '../store/transcript.ts';

export type WebchatDeps = {
  readonly accept: (message: Message) => Promise<void>;
  readonly find: (account: string, externalId: string) => Promise<StoredConversation | null>;
  readonly transcript: (conversationId: string, after: number) => Promise<readonly TranscriptEntry[]>;
  /** Resolves when something new may be readable, or after the time. */
  readonly news: (externalId: string, ms: number) => Promise<void>;
  readonly account: string;
  /** Sentences of the page by language. */
  readonly words: Readonly<Record<string, object>>;
  readonly languages: readonly string[];
  readonly now: Clock;
};

const LONGEST_TEXT = 4_000;
const POLL_MS = 25_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

const written = z.object({
  id: z.uuid(),
  text: z.string().trim().min(1).max(LONGEST_TEXT).optional(),
  choice: z.object({ id: z.string().min(1).max(256), title: z.string().max(200) }).optional(),
});

/** The conversation's name in the store; the token itself is never kept. */
function externalIdOf(token: string): string {
  return `web-${createHash('sha256').update(token).digest('hex').slice(0, 40)}`;
}

export function webchatRoutes(deps: WebchatDeps): Router {
  const router = express.Router();
  router.use(express.json({ limit: '32kb' }));
  router.get('/webchat/words', (request, response) => {
    const asked =
      typeof request.query['lang'] === 'string'
        ? request.query['lang']
        : request.acceptsLanguages([...deps.languages]);
    response.json(deps.words[asked || ''] ?? deps.words[deps.languages[0] ?? 'en'] ?? {});
  });
  router.post('/webchat/conversations', (_request, response) => {
    response.status(201).json({ token: randomBytes(32).toString('base64url') });
  });
  router.post('/webchat/messages', (request, response, next) => {
    write(deps, request, response).catch(next);
  });
  router.get('/webchat/messages', (request, response, next) => {
    readOn(deps, request, response).catch(next);
  });
  return router;
}

function tokenOf(request: Request): string | null {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return TOKEN.test(token) ? token : null;
}

async function write(deps: WebchatDeps, request: Request, response: Response): Promise<void> {
  const token = tokenOf(request);
  if (!token)
    return refuse(response, 401, 'unauthorized', 'Open a conversation first: POST /webchat/conversations.');
  const body = written.safeParse(request.body);
  if (!body.success || (!body.data.text && !body.data.choice)) {
    return refuse(
      response,
      400,
      'malformed',
      `Send {"id": a UUID, "text": 1 to ${LONGEST_TEXT} characters} or a choice.`,
    );
  }
  const { id, text, choice } = body.data;
  const externalId = externalIdOf(token);
  const now = deps.now();
  const locale = request.acceptsLanguages()[0];
  await deps.accept({
    id: `${externalId}:${id}`,
    channel: 'webchat',
    account: deps.account,
    conversation: externalId,
    from: { role: 'customer', id: externalId },
    content: choice ? { kind: 'choice', ...choice } : { kind: 'text', text: text ?? '' },
    sentAt: now,
    receivedAt: now,
    context: locale && deps.languages.includes(locale.slice(0, 2)) ? { locale } : {},
  });
  response.status(202).json({ id });
}

async function readOn(deps: WebchatDeps, request: Request, response: Response): Promise<void> {
  const token = tokenOf(request);
  if (!token)
    return refuse(response, 401, 'unauthorized', 'Open a conversation first: POST /webchat/conversations.');
  const after = Number(request.query['after'] ?? 0);
  if (!Number.isSafeInteger(after) || after < 0)
    return refuse(response, 400, 'malformed', 'after must be a whole number.');
  const externalId = externalIdOf(token);
  const until = deps.now() + (request.query['wait'] === '1' ? POLL_MS : 0);
  for (;;) {
    const left = until - deps.now();
    // Listening begins before reading, so that nothing falls between the two.
    const news = deps.news(externalId, Math.max(left, 0));
    const state = await read(deps, externalId, after);
    if (state.entries.length > 0 || left <= 0 || request.destroyed) return void response.json(state);
    await news;
  }
}

async function read(deps: WebchatDeps, externalId: string, after: number) {
  const conversation = await deps.find(deps.account, externalId);
  if (!conversation) return { control: 'bot', lang: null, entries: [] };
  const entries = await deps.transcript(conversation.id, after);
  return {
    control: conversation.control,
    lang: conversation.lang,
    ticket: conversation.ticket,
    entries: entries.map(({ seq, role, body, at, ref }) => ({
      seq,
      role,
      at,
      id: ref.split(':').at(-1),
      body: shown(body),
    })),
  };
}

/** What the page may see: never the facts and ids behind a reply. */
function shown(body: unknown): unknown {
  const { kind, text, title, caption, choices, timeline } = body as Record<string, unknown>;
  const words = typeof text === 'string' ? text : kind === 'choice' ? title : caption;
  return { text: words ?? '', ...(choices ? { choices } : {}), ...(timeline ? { timeline } : {}) };
}

function refuse(response: Response, status: number, code: string, message: string): void {
  response.status(status).json({ error: { code, message } });
}
