/** What a working process does by the clock: it makes good what was lost, keeps promises, reads what is new. */
import type { Clock } from '../domain/time.ts';
import type { Config } from './config/schema.ts';
import type { Delivery } from './delivery.ts';
import { runFollowUps } from './follow-ups.ts';
import type { Log } from './log.ts';
import type { FullMind } from './mind.ts';
import type { Orders } from './orders.ts';
import type { WakeQueue } from './queue/queue.ts';
import { runRetention } from './retention.ts';
import type { Schedule } from './schedule.ts';
import { every } from './schedule.ts';
import { writeCheckpoints } from './store/audit.ts';
import { conversationsToWake } from './store/inbox.ts';
import { takeLease } from './store/leases.ts';
import type { Mirror } from './store/mirror.ts';
import type { Db } from './store/schema.ts';
import type { LiveEngine } from './understanding.ts';
import { pollOrders } from './vendor.ts';
import { endLongWaits } from './waiting.ts';

export type RoutineDeps = {
  readonly config: Config;
  readonly db: Db;
  readonly queue: WakeQueue;
  readonly delivery: Delivery;
  readonly mind: FullMind;
  readonly mirror: Mirror;
  readonly engine: LiveEngine;
  readonly orders: Orders;
  readonly deliver: (conversationId: string) => Promise<void>;
  readonly catchUp: () => Promise<void>;
  /** Name of this process among the workers. */
  readonly worker: string;
  readonly now: Clock;
  readonly log: Log;
};

/** Nothing else wakes a worker without Redis while messages are taken in by another process. */
const SWEEP_MS = 500;
const SWEEP_BATCH = 500;
/** While wakes arrive, the sweep leaves young messages to them. */
const WAKE_GRACE_MS = 3_000;
const OUTBOX_MS = 1_000;
const FOLLOW_UPS_MS = 2_000;
const MODEL_MS = 5_000;
const WAITING_MS = 15_000;
const CATCH_UP_MS = 300_000;
const CHECKPOINTS_MS = 60_000;
const CHECKPOINT_AGE_MS = 3_600_000;
const RETENTION_MS = 6 * 3_600_000;
/** A lease outlives one round of its work, so that the same process goes on with it. */
const LEASE_ROUNDS = 2;

export function routine(deps: RoutineDeps): Schedule[] {
  const { config, db, queue, delivery, mind, mirror, engine, orders, deliver, catchUp, worker, now, log } =
    deps;
  const { redisUrl, jumia, handoff } = config;
  let first = true;

  /** Whoever holds the lease does the work; the others come back when it has run out. */
  const alone = (name: string, ms: number, work: (stopping: AbortSignal) => Promise<void>): Schedule =>
    every(
      ms,
      async (stopping) => {
        if (await takeLease(db, name, worker, now(), now() + ms * LEASE_ROUNDS)) await work(stopping);
      },
      log,
    );

  const sweep = async (): Promise<void> => {
    const spare = !first && redisUrl && (await queue.ready()) ? WAKE_GRACE_MS : 0;
    first = false;
    for (const id of await conversationsToWake(db, ['terminal'], now() - spare, SWEEP_BATCH)) queue.wake(id);
  };

  return [
    every(SWEEP_MS, sweep, log),
    every(OUTBOX_MS, () => delivery.run(), log),
    every(FOLLOW_UPS_MS, () => runFollowUps({ db, mind, mirror, deliver, now, log }), log),
    every(
      MODEL_MS,
      async () => {
        if (await engine.refresh()) log.info({ model: engine.model() }, 'a new model is in use');
      },
      log,
    ),
    alone('waiting', WAITING_MS, () =>
      endLongWaits({
        db,
        mirror,
        waitMs: handoff.waitMinutes * 60_000,
        sentence: mind.sentence,
        deliver,
        now,
        log,
      }),
    ),
    alone('orders', jumia.pollEverySeconds * 1000, (stopping) => pollOrders(config, orders, log, stopping)),
    alone('catch-up', CATCH_UP_MS, catchUp),
    alone('checkpoints', CHECKPOINTS_MS, () => writeCheckpoints(db, now(), CHECKPOINT_AGE_MS)),
    alone('retention', RETENTION_MS, () =>
      runRetention({
        db,
        shops: config.shops.map(({ id }) => id),
        keep: config.privacy.retentionDays,
        now: now(),
        log,
      }),
    ),
  ];
}
