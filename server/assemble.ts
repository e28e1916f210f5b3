/** Puts the parts together. Everything that lives as long as the process is made and stopped here. */
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Router } from 'express';
import { logistics } from '../bots/logistics/bot.ts';
import type { Message } from '../domain/message.ts';
import type { Clock } from '../domain/time.ts';
import type { Progress } from '../nlu/train.ts';
import { acceptAll } from './accept.ts';
import type { AcceptInbound } from './accept.ts';
import { catchUp } from './catch-up.ts';
import { connectChannels, createChannelIo, mirrorMode, shopOfAccount } from './channels.ts';
import { openPhrases } from './compliance-files.ts';
import type { Config } from './config/schema.ts';
import { createDelivery } from './delivery.ts';
import { notCertified, openGuard, remembering } from './guard.ts';
import { openJudge } from './guard-training.ts';
import { createApp } from './http/app.ts';
import { closePort, openPort } from './http/listen.ts';
import { webchatRoutes } from './http/webchat.ts';
import type { WebhookDeps } from './http/webhooks.ts';
import { createIntake } from './intake.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { createMind } from './mind.ts';
import { createOrders } from './orders.ts';
import type { Orders } from './orders.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { createPastDeliveries } from './past-deliveries.ts';
import { readPolicies } from './policies.ts';
import { openQueue } from './queue/open.ts';
import type { Role } from './role.ts';
import { createBackground } from './background.ts';
import { routine } from './routine.ts';
import { openScreen } from './screening.ts';
import { listLabels, LOCALES_FOLDER, webchatWords } from './channel-words.ts';
import { every } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { checkAuditKeys, writeCheckpoints } from './store/audit.ts';
import { recordBlock } from './store/audit-actions.ts';
import { findByExternalId, forgetClaims } from './store/conversations.ts';
import { countPending } from './store/inbox.ts';
import { returnLeases } from './store/leases.ts';
import { createMirror, tellWithheld } from './store/mirror.ts';
import { installationId } from './store/installation.ts';
import { openStore } from './store/open.ts';
import type { Db } from './store/schema.ts';
import { readShown } from './store/transcript.ts';
import { openEngine } from './understanding.ts';
import { connectVendors } from './vendor.ts';
import { createWorker } from './worker.ts';

/** A killed worker's conversations wait this long for another. */
const CLAIM_MS = 15_000;
const OVERLOAD_CHECK_MS = 2_000;
/** How long a page waits for news where another process makes them. */
const NEWS_POLL_MS = 300;
const PAGE = join(PACKAGE_ROOT, 'connectors', 'webchat', 'page');

export type Product = {
  readonly db: Db;
  readonly config: Config;
  readonly orders: Orders;
  readonly accept: AcceptInbound;
  /** Starts answering, delivering and polling. */
  readonly startWork: () => Promise<void>;
  /** Opens the port and returns the address; a worker only tells its health there. */
  readonly listen: (port?: number) => Promise<string>;
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
  readonly role?: Role;
  /** Where the log goes, when not to stderr. */
  readonly log?: Log;
  /** Told while the screen and the guard learn, when they must. */
  readonly onTraining?: Progress;
};

export async function createProduct({
  config,
  now = Date.now,
  role = 'all',
  modelHome = config.dataDir,
  log: given,
  onTraining,
}: ProductOptions): Promise<Product> {
  const log = given ?? createLog(config.logLevel);
  const policies = readPolicies(config.shops, config.policies);
  const { db, flushed, close } = await openStore(config);
  await checkAuditKeys(db);
  const io = createChannelIo(now);
  const connections = connectChannels(config, io, listLabels(config.languages));
  const orders = createOrders(config.shops, connectVendors(config, db, io), db, now, log);
  const { languages } = config;
  const judge = openJudge({ dataDir: modelHome, languages }, now, onTraining);
  const guard = remembering(
    openGuard(config.shops, (shop) => policies(shop, now())('hotline')?.value, judge),
  );
  const uncertified = new Map(config.shops.map((shop) => [shop.id, new Set(notCertified(shop))]));
  for (const [shop, carriers] of uncertified) {
    if (carriers.size > 0)
      log.warn(
        { shop, carriers: [...carriers] },
        'carriers not certified: answers leave out their links and numbers',
      );
  }
  const engine = await openEngine(modelHome);
  const { screen } = openScreen(
    { dataDir: modelHome, languages, examples: config.compliance.examples },
    now,
    onTraining,
  );
  const mind = await createMind({
    config,
    understand: engine.understand,
    screen,
    orders,
    localesFolder: LOCALES_FOLDER,
    guard,
    uncertified,
    phrases: openPhrases(config.policies.staleAfterDays),
    pastDeliveries: createPastDeliveries(db, now),
    policies,
    now,
    log,
  });
  const news = new EventEmitter();
  news.setMaxListeners(0);
  const queue = openQueue({ role, config, installation: await installationId(db), log });
  const background = createBackground(log);
  const mirror = createMirror((shop) => mirrorMode(config, shop));
  const delivery = createDelivery({
    db,
    flushed,
    channel: connections,
    shopOf: (channel, account) => shopOfAccount(config, channel, account),
    guard,
    onBlocked: async (tx, { conversationId, outboxId, rule, clause, evidence, author: by }) => {
      const author = by ? `${by.role}:${by.id}` : 'unknown';
      const block = { conversationId, ref: outboxId, rule, clause, evidence, author, now: now() };
      await recordBlock(tx, block);
      await tellWithheld(tx, mirror, block);
    },
    now,
    log,
    onAccepted: (id) => news.emit(id),
  });
  const deliver = async (conversationId: string): Promise<void> => {
    news.emit(conversationId);
    background.add(delivery.run(conversationId));
  };
  const worker = createWorker({
    db,
    queue,
    mind,
    mirror,
    deliver,
    now,
    log,
    attend: (channel, account, messageId) => {
      const attending = connections(channel, account)?.attend?.(account, messageId);
      if (attending) background.add(attending);
    },
    burstMs: role === 'terminal' ? 0 : config.turn.burstMs,
    claimMs: CLAIM_MS,
  });
  const schedules: Schedule[] = [];
  let server: Server | null = null;
  let waiting = 0;

  const intake = createIntake((webhooks) => acceptAll(db, webhooks, now()));
  const acceptInbound: AcceptInbound = async (channel, account, inbound) => {
    const shopId = shopOfAccount(config, channel, account);
    const shop = config.shops.find(({ id }) => id === shopId);
    const slaCounted = channel !== 'jumia' || Boolean(shop?.chat.registrationId);
    const fresh = { shop: shopId, bot: logistics.id, slaCounted };
    const result = await intake({ channel, inbound, fresh });
    await flushed();
    for (const id of result.wake) {
      news.emit(id);
      queue.wake(id);
    }
    return result;
  };
  const readMissed = (): Promise<void> => catchUp({ config, connections, db, acceptInbound, now, log });

  const measureLoad = async (): Promise<void> => {
    waiting = await countPending(db, config.webhooks.mostWaiting);
  };
  const webhooks: WebhookDeps = {
    channel: connections,
    accept: acceptInbound,
    overloaded: () => waiting >= config.webhooks.mostWaiting,
    log,
  };
  const webchat = (): Router => {
    const account = config.webchat.shop ?? config.shops[0]?.id ?? '';
    return webchatRoutes({
      accept: async (message: Message) =>
        void (await acceptInbound('webchat', account, [{ kind: 'message', message }])),
      find: (shop, externalId) => findByExternalId(db, 'webchat', shop, externalId),
      transcript: (conversationId, after) => readShown(db, conversationId, after),
      news: async (externalId, ms) => {
        if (ms <= 0) return;
        const conversation = await findByExternalId(db, 'webchat', account, externalId);
        const elsewhere = role === 'web' || !conversation;
        const signal = AbortSignal.timeout(elsewhere ? Math.min(ms, NEWS_POLL_MS) : ms);
        await once(news, conversation?.id ?? externalId, { signal }).catch(() => undefined);
      },
      account,
      words: webchatWords(config.languages),
      languages: config.languages,
      now,
    });
  };

  return {
    db,
    config,
    catchUp: readMissed,
    orders,
    news,
    accept: acceptInbound,
    startWork: async () => {
      if (!config.databaseUrl && role === 'all') await forgetClaims(db);
      queue.start(worker.handle);
      if (role === 'terminal') return;
      schedules.push(
        ...routine({
          config,
          db,
          queue,
          delivery,
          mind,
          mirror,
          engine,
          orders,
          deliver,
          catchUp: readMissed,
          worker: worker.id,
          now,
          log,
        }),
      );
    },
    listen: async (port = config.port) => {
      if (role !== 'work') schedules.push(every(OVERLOAD_CHECK_MS, measureLoad, log));
      const health = async () => ({
        store: await alive(db),
        queue: await queue.ready(),
        model: engine.model() !== '',
      });
      const takesIn = role !== 'work';
      const page = config.webchat.enabled && takesIn;
      const app = createApp({
        webhooks: takesIn ? webhooks : null,
        webchat: page ? webchat() : null,
        pageFolder: page ? PAGE : null,
        health,
        log,
      });
      server = createServer(app);
      return openPort(server, { host: config.host, port });
    },
    stop: async () => {
      for (const schedule of schedules) await schedule.stop();
      await closePort(server);
      await queue.stop();
      await returnLeases(db, worker.id);
      await background.settled();
      await writeCheckpoints(db, now());
      await flushed();
      await close();
    },
  };
}

async function alive(db: Db): Promise<boolean> {
  try {
    await db.selectFrom('cursor').select('name').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}
