/** `wismo chat`: talk to the bot in the terminal. The terminal is the operator's own, so no identity check is asked. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Reply } from '../domain/reply.ts';
import type { Product } from '../server/assemble.ts';
import { ConfigError } from '../server/config/load.ts';
import { findByExternalId } from '../server/store/conversations.ts';
import { readTranscript } from '../server/store/transcript.ts';
import { lastTurn } from '../server/store/turns.ts';
import { readJsonLines, textOf } from './lines.ts';
import { openProduct } from './product.ts';
import { printJson, say } from './progress.ts';
import { openSettings } from './settings.ts';

export type ChatOptions = {
  readonly config?: string;
  readonly lang?: string;
  readonly shop?: string;
  readonly json?: boolean;
};

const CHANNEL = 'terminal';
const LONGEST_WAIT_MS = 60_000;

type Answer = {
  readonly replies: readonly Reply[];
  readonly lang: string | null;
  readonly intent: string | null;
  readonly confidence: number | null;
  readonly decision: string | null;
  readonly control: string;
  readonly ms: number;
};

export async function chat(options: ChatOptions): Promise<void> {
  const { config, sandbox } = await openSettings(options.config);
  const quiet = { ...config, logLevel: config.logLevel === 'info' ? ('error' as const) : config.logLevel };
  const shop = options.shop ?? config.shops[0]?.id ?? '';
  if (!config.shops.some(({ id }) => id === shop))
    throw new ConfigError([
      `--shop: there is no shop "${shop}". Known: ${config.shops.map(({ id }) => id).join(', ')}.`,
    ]);
  if (options.lang && !config.languages.includes(options.lang))
    throw new ConfigError([`--lang: "${options.lang}" is not one of ${config.languages.join(', ')}.`]);
  const { product } = await openProduct({ config: quiet, role: 'terminal' });
  await product.startWork();
  const talk = createTalk(product, shop, options.lang ?? null);
  try {
    await (options.json ? jsonLoop(talk) : personLoop(talk, shop));
  } finally {
    await product.stop();
    await sandbox?.close();
  }
}

type Talk = (text: string, choice: string | null) => Promise<Answer>;

function createTalk(product: Product, shop: string, lang: string | null): Talk {
  const externalId = `terminal-${randomUUID()}`;
  let seen = 0;
  return async (text, choice) => {
    const now = Date.now();
    const startedAt = performance.now();
    const { wake } = await product.accept(CHANNEL, shop, [
      {
        kind: 'message',
        message: {
          id: randomUUID(),
          channel: CHANNEL,
          account: shop,
          conversation: externalId,
          from: { role: 'customer', id: externalId },
          content: choice ? { kind: 'choice', id: choice, title: text } : { kind: 'text', text },
          sentAt: now,
          receivedAt: now,
          context: lang ? { locale: lang } : {},
        },
      },
    ]);
    await settled(product, wake[0] ?? '');
    const ms = Math.round(performance.now() - startedAt);
    const conversation = await findByExternalId(product.db, CHANNEL, shop, externalId);
    if (!conversation) throw new Error('The conversation was not stored.');
    const entries = await readTranscript(product.db, conversation.id, seen);
    seen = entries.at(-1)?.seq ?? seen;
    const turn = await lastTurn(product.db, conversation.id, now);
    return {
      replies: entries.filter(({ role }) => role === 'bot').map(({ body }) => body as Reply),
      lang: conversation.lang,
      intent: turn?.intent ?? null,
      confidence: turn?.confidence ?? null,
      decision: turn?.decision ?? null,
      control: conversation.control,
      ms,
    };
  };
}

/** Waits until nothing of the conversation is pending any more. */
async function settled(product: Product, conversationId: string): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (Date.now() < deadline) {
    const pending = await product.db
      .selectFrom('inbox')
      .select('seq')
      .where('conversation_id', '=', conversationId)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    if (!pending) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function jsonLoop(talk: Talk): Promise<void> {
  for await (const line of readJsonLines(process.stdin)) {
    const choice = typeof line['choice'] === 'string' ? line['choice'] : null;
    const text = choice && line['text'] === undefined ? choice : textOf(line);
    const { replies, ...rest } = await talk(text, choice);
    printJson({ replies: replies.map(({ facts: _, ...reply }) => reply), ...rest });
  }
}

async function personLoop(talk: Talk, shop: string): Promise<void> {
  say(`You are a customer of ${shop}. Write in English, French or Portuguese; Ctrl-D ends.`);
  const input = createInterface({ input: process.stdin, output: process.stderr, prompt: '\n› ' });
  let offered: readonly { id: string; title: string }[] = [];
  input.prompt();
  for await (const line of input) {
    const text = line.trim();
    if (text !== '') {
      const picked = offered[Number(text) - 1];
      const { replies, control, ms } = await talk(picked?.title ?? text, picked?.id ?? null);
      for (const reply of replies) process.stdout.write(`\n${reply.text}\n`);
      offered = replies.at(-1)?.choices ?? [];
      offered.forEach(({ title }, index) => process.stdout.write(`  ${index + 1}. ${title}\n`));
      say(`  (${ms} ms, control: ${control})`);
    }
    input.prompt();
  }
}
