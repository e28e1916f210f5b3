/** A whole product on loopback, with the sandbox outside it, for tests that look at it as Jumia does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CARRIERS } from '../carriers/registry.ts';
import { loadConfig } from '../server/config/load.ts';
import type { Config } from '../server/config/schema.ts';
import type { Log } from '../server/log.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';
import { createProduct } from '../server/assemble.ts';
import type { Product } from '../server/assemble.ts';
import { hashExamples } from '../nlu/train.ts';
import { readTrainingData } from '../nlu/training-data.ts';
import { ensureModel, TRAINING_FOLDER } from '../server/understanding.ts';
import { openJudge } from '../server/guard-training.ts';
import { openScreen } from '../server/screening.ts';
import { startSandbox } from '../sandbox/start.ts';
import type { Sandbox } from '../sandbox/start.ts';

/** Trained once for all suites; the training data decides whether it is still the right one. */
/** One trained model for all suites, made anew when the training data changes. */
export const MODEL_HOME = join(
  PACKAGE_ROOT,
  'node_modules',
  '.cache',
  'wismo-test',
  hashExamples(readTrainingData(TRAINING_FOLDER).examples),
);
export const SECRET = 'whsec_dGVzdC1zZWNyZXQtZm9yLXRoZS1zdWl0ZXMtMDE=';
export const SANDBOX_CONFIG = join(PACKAGE_ROOT, 'sandbox', 'wismo.config.yml');

export function freshFolder(): string {
  return mkdtempSync(join(tmpdir(), 'wismo-test-'));
}

export async function trainOnce(): Promise<void> {
  await ensureModel(
    MODEL_HOME,
    ['en', 'fr', 'pt'],
    () => 0,
    () => undefined,
  );
  openScreen({ dataDir: MODEL_HOME, languages: ['en', 'fr', 'pt'] }, () => 0);
  openJudge({ dataDir: MODEL_HOME, languages: ['en', 'fr', 'pt'] }, () => 0);
}

export type Running = {
  readonly product: Product;
  readonly sandbox: Sandbox;
  readonly address: string;
  readonly config: Config;
  /** Posts a customer message as the marketplace does; resolves with the HTTP status. */
  readonly say: (conversation: string, text: string, options?: SayOptions) => Promise<number>;
  /** Posts any event, signed. */
  readonly post: (
    event: unknown,
    options?: {
      readonly shop?: string;
      readonly id?: string;
      readonly at?: number;
      readonly secret?: string;
    },
  ) => Promise<Response>;
  /** What the customer saw, once there are at least `count` messages. */
  readonly answers: (conversation: string, count: number) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
};

export type SayOptions = {
  readonly shop?: string;
  readonly order?: string;
  readonly id?: string;
  readonly sentAt?: number;
  readonly name?: string;
};

let counter = 0;

export function messageEvent(conversation: string, text: string, options: SayOptions = {}): unknown {
  counter += 1;
  const sentAt = options.sentAt ?? Date.now();
  return {
    type: 'message.created',
    timestamp: new Date(sentAt).toISOString(),
    data: {
      account_id: options.shop ?? 'shop-1',
      country: 'NG',
      conversation_id: conversation,
      message_id: options.id ?? `m-${process.pid}-${counter}`,
      sender: { role: 'customer', id: `u-${conversation}`, display_name: options.name ?? 'Ada' },
      sent_at: new Date(sentAt).toISOString(),
      content: { type: 'text', text },
      context: { order_number: options.order ?? null, product_sku: null, reply_to: null, locale: null },
    },
  };
}

export async function until<T>(
  read: () => Promise<T | null> | T | null,
  what: string,
  ms = 8_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function startRunning(
  options: {
    readonly dataDir?: string;
    readonly databaseUrl?: string | undefined;
    readonly redisUrl?: string | undefined;
    readonly change?: (config: Config) => Config;
    readonly log?: Log;
  } = {},
): Promise<Running> {
  await trainOnce();
  const dataDir = options.dataDir ?? freshFolder();
  const sandbox = await startSandbox();
  const env = { PORT: '0', WISMO_DATA_DIR: MODEL_HOME, LOG_LEVEL: 'silent', JUMIA_WEBHOOK_SECRET: SECRET };
  const base = loadConfig({ file: SANDBOX_CONFIG, env, carriers: CARRIERS, sandboxUrls: sandbox.urls });
  const tuned: Config = { ...base, turn: { ...base.turn, burstMs: 0 } };
  const config = options.change ? options.change(tuned) : tuned;
  const product = await createProduct({
    config: {
      ...config,
      dataDir,
      ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
      ...(options.redisUrl ? { redisUrl: options.redisUrl } : {}),
    },
    modelHome: MODEL_HOME,
    ...(options.log ? { log: options.log } : {}),
  });
  const address = await product.listen();
  await sandbox.whatsapp.subscribe({
    url: `${address}/webhooks/whatsapp`,
    appSecret: config.whatsapp.appSecrets[0] ?? '',
    verifyToken: config.whatsapp.verifyToken ?? '',
  });
  await product.startWork();
  const post: Running['post'] = (event, { shop = 'shop-1', secret = SECRET, ...rest } = {}) => {
    const { body, headers } = sandbox.chat.sign(secret, event, { at: Date.now(), ...rest });
    return fetch(`${address}/webhooks/jumia/${shop}`, { method: 'POST', body, headers });
  };
  return {
    product,
    sandbox,
    address,
    config,
    post,
    say: async (conversation, text, say = {}) =>
      (await post(messageEvent(conversation, text, say), { shop: say.shop ?? 'shop-1' })).status,
    answers: (conversation, count) =>
      until(() => {
        const list = sandbox.chat.messages(conversation);
        return list.length >= count ? list.map(({ content }) => String(content['text'])) : null;
      }, `${count} answers in ${conversation}`),
    stop: async () => {
      await product.stop();
      await sandbox.close();
      if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Waits until nothing is under way any more: no message to answer, nothing to deliver. */
export function settled({ product: { db } }: Running): Promise<true> {
  return until(async () => {
    const open = await db.selectFrom('inbox').select('seq').where('state', '=', 'pending').executeTakeFirst();
    const unsent = await db
      .selectFrom('outbox')
      .select('seq')
      .where('state', '=', 'pending')
      .executeTakeFirst();
    return open || unsent ? null : true;
  }, 'everything to be answered and delivered');
}
