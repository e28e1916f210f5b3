/** Puts the parts together. Everything that lives as long as the process is made and stopped here. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { createVendorClient } from '../connectors/jumia/vendor-client.ts';
import type { VendorClient } from '../connectors/jumia/vendor-client.ts';
import type { Inbound } from '../connectors/channel.ts';
import { logistics } from '../bots/logistics/bot.ts';
import type { Message } from '../domain/message.ts';
import type { Clock } from '../domain/time.ts';
import { accept } from './accept.ts';
import type { AcceptResult } from './accept.ts';
import { connectChannels, createChannelIo } from './channels.ts';
import { ConfigError } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { createDelivery } from './delivery.ts';
import { runFollowUps } from './follow-ups.ts';
import { createApp } from './http/app.ts';
import { webchatRoutes } from './http/webchat.ts';
import { webhookRoutes } from './http/webhooks.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { createMind } from './mind.ts';
import { createOrders } from './orders.ts';
import type { Orders } from './orders.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { createMemoryQueue } from './queue/memory.ts';
import { readSentences } from './sentences.ts';
import { createPastDeliveries } from './past-deliveries.ts';
import { readPolicies } from './policies.ts';
import { runRetention } from './retention.ts';
import { every } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { checkAuditKeys, writeCheckpoints } from './store/audit.ts';
import { findByExternalId, forgetClaims } from './store/conversations.ts';
import { conversationsToWake } from './store/inbox.ts';
import { openStore } from './store/open.ts';
import { readCursor, writeCursor } from './store/orders.ts';
import type { Db } from './store/schema.ts';
import { readTranscript } from './store/transcript.ts';
import { lockVendorToken, saveVendorToken, unlockVendorToken, vendorToken } from './store/vendor-tokens.ts';
import { openEngine } from './understanding.ts';
import { endLongWaits } from './waiting.ts';
import { createWorker } from './worker.ts';

const CONCURRENT_TURNS = 32;
const SWEEP_MS = 2_000;
const SWEEP_BATCH = 500;
const MODEL_CHECK_MS = 5_000;
const WAITING_CHECK_MS = 15_000;
const CATCH_UP_MS = 300_000;
const MOST_WAITING = 5_000;
const CHECKPOINT_CHECK_MS = 60_000;
const CHECKPOINT_AGE_MS = 3_600_000;
const RETENTION_MS = 6 * 3_600_000;
const LOCALES = join(PACKAGE_ROOT, 'locales');
const PAGE = join(PACKAGE_ROOT, 'connectors', 'webchat', 'page');

export type Product = {
  readonly db: Db;
  readonly config: Config;
  readonly orders: Orders;
  readonly accept: (channel: string, account: string, inbound: readonly Inbound[]) => Promise<AcceptResult>;
  /** Starts answering, delivering and polling. */
  readonly startWork: (options?: { readonly channels?: readonly string[] }) => Promise<void>;
  /** Opens the port and returns the address. */
  readonly listen: () => Promise<string>;
  /** Reads what webhooks may have missed; also done on a timer. */
  readonly catchUp: () => Promise<void>;
  /** Finishes what is under way, then closes. */
  readonly stop: () => Promise<void>;
  /** Fires with the conversation's id whenever its transcript may have grown. */
  readonly news: EventEmitter;
};

export type ProductOptions = {
  readonly config: Config;
  readonly now?: Clock;
  /** Folder that holds `models/`, when it is not the data folder. */
  readonly modelHome?: string;
  /** True for the process that owns the terminal conversation and nothing else. */
  readonly terminalOnly?: boolean;
  /** Where the log goes, when not to stderr. */
  readonly log?: Log;
};

export async function createProduct({
  config,
  now = Date.now,
  terminalOnly = false,
  modelHome = config.dataDir,
  log: given,
}: ProductOptions): Promise<Product> {
  const log = given ?? createLog(config.logLevel);
  const policies = readPolicies(config.shops, config.policies);
  const db = await openStore(config);
  await checkAuditKeys(db);
  const io = createChannelIo(now);
  const connections = connectChannels(config, io);
  const orders = createOrders(config.shops, vendorClients(config, db, io), db, now, log);
  const engine = await openEngine(modelHome);
  const mind = await createMind({
    config,
    understand: engine.understand,
    orders,
    localesFolder: LOCALES,
    pastDeliveries: createPastDeliveries(db, now),
    policies,
    now,
    log,
  });
  const news = new EventEmitter();
  news.setMaxListeners(0);
  const delivery = createDelivery({ db, channel: connections, now, log, onAccepted: (id) => news.emit(id) });
  const queue = createMemoryQueue(CONCURRENT_TURNS);
  const background = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>): void => {
    const settled = work
      .catch((error: unknown) => log.error({ err: error }, 'background work failed'))
      .finally(() => background.delete(settled));
    background.add(settled);
  };
  const deliver = async (conversationId: string): Promise<void> => {
    news.emit(conversationId);
    inBackground(delivery.run(conversationId));
  };
  const worker = createWorker({
    db,
    queue,
    mind,
    deliver,
    now,
    log,
    burstMs: terminalOnly ? 0 : config.turn.burstMs,
  });
  const shopIds = config.shops.map(({ id }) => id);
  const keep = config.privacy.retentionDays;
  const schedules: Schedule[] = [];
  let server: Server | null = null;
  let waiting = 0;

  const acceptInbound = async (
    channel: string,
    account: string,
    inbound: readonly Inbound[],
  ): Promise<AcceptResult> => {
    const shop = config.shops.find(({ id }) => id === account);
    const result = await accept(
      db,
      channel,
      inbound,
      {
        shop: account,
        bot: logistics.id,
        slaCounted: channel !== 'jumia' || Boolean(shop?.chat.registrationId),
      },
      now(),
    );
    for (const id of result.wake) {
      news.emit(id);
      queue.wake(id);
      inBackground(delivery.run(id));
    }
    return result;
  };

  const catchUp = (): Promise<void> => catchUpAll({ config, connections, db, acceptInbound, now, log });

  return {
    db,
    config,
    catchUp,
    orders,
    news,
    accept: acceptInbound,
    startWork: async () => {
      if (!config.databaseUrl && !terminalOnly) await forgetClaims(db);
      queue.start(worker.handle);
      if (terminalOnly) return;
      const sweep = async (): Promise<void> => {
        const ids = await conversationsToWake(db, ['terminal'], SWEEP_BATCH);
        waiting = ids.length;
        for (const id of ids) queue.wake(id);
      };
      schedules.push(
        every(SWEEP_MS, sweep, log),
        every(SWEEP_MS, () => delivery.run(), log),
        every(SWEEP_MS, () => runFollowUps({ db, mind, deliver, now, log }), log),
        every(
          WAITING_CHECK_MS,
          () => {
            const waitMs = config.handoff.waitMinutes * 60_000;
            return endLongWaits({ db, waitMs, sentence: mind.sentence, deliver, now, log });
          },
          log,
        ),
        every(
          MODEL_CHECK_MS,
          async () =>
            void ((await engine.refresh()) && log.info({ model: engine.model() }, 'a new model is in use')),
          log,
        ),
        every(
          config.jumia.pollEverySeconds * 1000,
          (stopping) => pollAll(config, orders, log, stopping),
          log,
        ),
        every(CATCH_UP_MS, () => catchUp(), log),
        every(CHECKPOINT_CHECK_MS, () => writeCheckpoints(db, now(), CHECKPOINT_AGE_MS), log),
        every(RETENTION_MS, () => runRetention({ db, shops: shopIds, keep, now: now(), log }), log),
      );
    },
    listen: async () => {
      const page = config.webchat.shop ?? config.shops[0]?.id ?? '';
      const routes = [
        webhookRoutes({
          channel: connections,
          accept: acceptInbound,
          overloaded: () => waiting >= MOST_WAITING,
          log,
        }),
      ];
      if (config.webchat.enabled) {
        routes.push(
          webchatRoutes({
            accept: async (message: Message) =>
              void (await acceptInbound('webchat', page, [{ kind: 'message', message }])),
            find: (account, externalId) => findByExternalId(db, 'webchat', account, externalId),
            transcript: (conversationId, after) => readTranscript(db, conversationId, after),
            news: async (externalId, ms) => {
              const conversation = ms > 0 ? await findByExternalId(db, 'webchat', page, externalId) : null;
              if (conversation)
                await once(news, conversation.id, { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
            },
            account: page,
            words: webchatWords(config.languages),
            languages: config.languages,
            now,
          }),
        );
      }
      const health = async () => ({ store: await alive(db), queue: true, model: engine.model() !== '' });
      server = createServer(
        createApp({ routes, pageFolder: config.webchat.enabled ? PAGE : null, health, log }),
      );
      return open(server, config);
    },
    stop: async () => {
      for (const schedule of schedules) await schedule.stop();
      await close(server);
      await queue.stop();
      await Promise.all(background);
      await writeCheckpoints(db, now());
      await db.destroy();
    },
  };
}

/** The page's sentences in the languages of the installation. */
function webchatWords(languages: readonly string[]): Record<string, object> {
  const sentences = readSentences(LOCALES);
  return Object.fromEntries(languages.map((lang) => [lang, sentences[lang]?.['webchat'] ?? {}]));
}

function vendorClients(
  config: Config,
  db: Db,
  io: ReturnType<typeof createChannelIo>,
): Map<string, VendorClient> {
  const clients = new Map<string, VendorClient>();
  for (const { vendor } of config.shops) {
    const { clientId, refreshToken } = vendor;
    if (clients.has(clientId)) continue;
    const holder = `${process.pid}-${clientId}`;
    const store = {
      read: () => vendorToken(db, clientId, refreshToken),
      lock: (at: number, until: number) => lockVendorToken(db, clientId, holder, at, until),
      save: (token: { refreshToken: string; accessToken: string; expiresAt: number }) =>
        saveVendorToken(db, clientId, token),
      unlock: (rejected: string | null) => unlockVendorToken(db, clientId, rejected),
    };
    const { vendorUrl, tokenUrl } = config.jumia;
    clients.set(
      clientId,
      createVendorClient({ baseUrl: vendorUrl, tokenUrl: tokenUrl ?? vendorUrl, clientId }, store, io),
    );
  }
  return clients;
}

async function pollAll(config: Config, orders: Orders, log: Log, stopping: AbortSignal): Promise<void> {
  for (const { id } of config.shops) {
    if (stopping.aborted) return;
    try {
      const read = await orders.poll(id, stopping);
      log.debug({ shop: id, read }, 'orders polled');
    } catch (error) {
      log.warn(
        { shop: id, why: error instanceof Error ? error.message : 'unknown' },
        'orders could not be polled',
      );
    }
  }
}

type CatchUpDeps = {
  readonly config: Config;
  readonly connections: ReturnType<typeof connectChannels>;
  readonly db: Db;
  readonly acceptInbound: Product['accept'];
  readonly now: Clock;
  readonly log: Log;
};

/** Reads what webhooks may have missed; what is known already changes nothing. */
async function catchUpAll({ config, connections, db, acceptInbound, now, log }: CatchUpDeps): Promise<void> {
  for (const { id } of config.shops) {
    const channel = connections('jumia', id);
    if (!channel?.catchUp) continue;
    const name = `catch-up jumia ${id}`;
    try {
      const { inbound, cursor } = await channel.catchUp(await readCursor(db, name));
      await acceptInbound('jumia', id, inbound);
      if (cursor) await writeCursor(db, name, cursor, now());
    } catch (error) {
      log.warn(
        { shop: id, why: error instanceof Error ? error.message : 'unknown' },
        'the catch-up read failed',
      );
    }
  }
}

async function alive(db: Db): Promise<boolean> {
  try {
    await db.selectFrom('cursor').select('name').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}

async function open(server: Server, { host, port }: Config): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new ConfigError([
        `Port ${port} is in use. Stop the other program or choose another port, for example PORT=${port + 1} npm start.`,
      ]);
    if (code === 'EACCES')
      throw new ConfigError([
        `Port ${port} may not be opened by this user. Choose one above 1024 with PORT.`,
      ]);
    throw error;
  }
  const address = server.address();
  const opened = typeof address === 'object' && address ? address.port : port;
  return `http://${host === '0.0.0.0' ? 'localhost' : host}:${opened}`;
}

async function close(server: Server | null): Promise<void> {
  if (!server) return;
  server.closeIdleConnections();
  const closed = once(server, 'close');
  server.close();
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await closed;
}
