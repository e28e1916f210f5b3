import { randomInt } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { describeOrSkip } from '../engines.ts';
import { freshFolder, MODEL_HOME, trainOnce, until } from '../running.ts';
import type { Customers } from './customers.ts';
import { createCustomers } from './customers.ts';
import type { Member } from './fleet.ts';
import { buildOnce, member, WHATSAPP } from './fleet.ts';
import { createPhones } from './phones.ts';
import type { Place } from './record.ts';
import { recordProblems } from './record.ts';
import type { Service } from './services.ts';
import { missingServices, ownPostgres, ownRedis } from './services.ts';

/** Fewer make it a quick look while working on something; the full number is what counts. */
const KILLS = Number(process.env['CRASH_KILLS'] ?? 30);
const CUSTOMERS = 12;
const PHONES = 4;
const SETTLE_MS = 120_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function newHome(): string {
  const dataDir = freshFolder();
  cpSync(join(MODEL_HOME, 'models'), join(dataDir, 'models'), { recursive: true });
  return dataDir;
}

/**
 * Kills a member at a random moment and brings it back, again and again, while customers write; each time some of what
 * was told before is told again.
 */
async function killAgainAndAgain(
  customers: Customers,
  members: readonly Member[],
  kills: number,
): Promise<void> {
  for (let round = 0; round < kills; round += 1) {
    await pause(randomInt(20, 800));
    const victim = members[round % members.length];
    await victim?.kill();
    await victim?.start();
    await customers.repeat(3);
  }
}

/**
 * Vendor Center's refresh token changes with every use: killed between its answer and our write, a person would have to
 * make a new one. So the killing begins once there is an access token, which lasts.
 */
async function settleIn(customers: Customers): Promise<void> {
  await until(() => (customers.answered() >= CUSTOMERS ? true : null), 'the first answers', 60_000);
}

/** Everything accepted is answered, as the customers saw it, and recorded. */
async function expectAllAnswered(customers: Customers, place: Place): Promise<void> {
  await customers.finish(SETTLE_MS);
  // A second answer would come late: from a sweep, a retry or a claim that ran out.
  await pause(3_000);
  expect(customers.problems()).to.deep.equal([]);
  expect(await recordProblems(place, customers.talks())).to.deep.equal([]);
}

async function expectToStop(members: readonly Member[]): Promise<void> {
  const codes = await Promise.all(members.map((one) => one.stop()));
  expect(new Set(codes)).to.deep.equal(new Set([0]));
}

describe('one process on SQLite, killed again and again', function () {
  this.timeout(600_000);
  let sandbox: Sandbox;
  let dataDir: string;
  let members: Member[] = [];
  before(async function () {
    this.timeout(120_000);
    buildOnce();
    await trainOnce();
    sandbox = await startSandbox();
    dataDir = newHome();
  });
  after(async () => {
    await Promise.all(members.map((one) => one.kill()));
    await sandbox.close();
    if (!process.env['KEEP']) rmSync(dataDir, { recursive: true, force: true });
  });

  it(`answers every accepted message once and in order over ${KILLS} kills`, async () => {
    const all = await member('start', { sandbox, dataDir });
    members = [all];
    await all.start();
    await sandbox.whatsapp.subscribe({ url: `http://127.0.0.1:${all.port}/webhooks/whatsapp`, ...WHATSAPP });
    const customers = createCustomers(sandbox, () => [all.port]);
    const phones = createPhones(sandbox);
    customers.write(CUSTOMERS);
    phones.write(PHONES);
    await settleIn(customers);
    await killAgainAndAgain(customers, members, KILLS);
    await phones.finish();
    await expectAllAnswered(customers, { dataDir });
    const { problems, doubtful } = await phones.look({ dataDir });
    expect(problems).to.deep.equal([]);
    expect(doubtful, 'people who may have gone without an answer').to.be.at.most(KILLS * PHONES);
    expect(phones.accepted()).to.be.greaterThan(PHONES);
    await expectToStop(members);
    expect(customers.accepted()).to.be.greaterThan(CUSTOMERS);
    expect(customers.swapped()).to.be.greaterThan(0);
  });
});

describeOrSkip('web and workers on PostgreSQL and Redis of their own', missingServices(), () => {
  let sandbox: Sandbox;
  let dataDir: string;
  let postgres: Service;
  let redis: Service;
  let members: Member[] = [];
  before(async function () {
    this.timeout(120_000);
    buildOnce();
    await trainOnce();
    sandbox = await startSandbox();
    dataDir = newHome();
    [postgres, redis] = await Promise.all([ownPostgres(), ownRedis()]);
    const options = { sandbox, dataDir, databaseUrl: postgres.url, redisUrl: redis.url };
    members = [await member('serve', options), await member('work', options), await member('work', options)];
    for (const one of members) await one.start();
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all(members.map((one) => one.kill()));
    await sandbox.close();
    await Promise.all([postgres.remove(), redis.remove()]);
    if (!process.env['KEEP']) rmSync(dataDir, { recursive: true, force: true });
  });

  const place = (): Place => ({ dataDir, databaseUrl: postgres.url });
  const webs = (): number[] => members.filter(({ command }) => command === 'serve').map(({ port }) => port);

  it(`answer every accepted message once and in order over ${KILLS} kills`, async function () {
    this.timeout(600_000);
    const customers = createCustomers(sandbox, webs);
    customers.write(CUSTOMERS);
    await settleIn(customers);
    await killAgainAndAgain(customers, members, KILLS);
    await expectAllAnswered(customers, place());
  });

  it('go on while Redis is away, and after it is back', async function () {
    this.timeout(120_000);
    const customers = createCustomers(sandbox, webs);
    customers.write(CUSTOMERS);
    await pause(500);
    await redis.stop();
    const before = customers.accepted();
    await pause(4_000);
    expect(customers.accepted(), 'messages accepted without Redis').to.be.greaterThan(before);
    await redis.start();
    await pause(2_000);
    await expectAllAnswered(customers, place());
  });

  it('lose nothing when PostgreSQL is restarted', async function () {
    this.timeout(120_000);
    const customers = createCustomers(sandbox, webs);
    customers.write(CUSTOMERS);
    for (let round = 0; round < 3; round += 1) {
      await pause(1_000);
      await postgres.stop();
      await pause(500);
      await postgres.start();
    }
    await expectAllAnswered(customers, place());
  });

  it('keep what the channel does not take while it is down, and drain when told to stop', async function () {
    this.timeout(120_000);
    const customers = createCustomers(sandbox, webs);
    customers.write(CUSTOMERS);
    await pause(500);
    sandbox.chat.fail(503);
    await pause(3_000);
    sandbox.chat.fail(null);
    await expectAllAnswered(customers, place());
    await expectToStop(members);
    expect(await recordProblems(place(), customers.talks())).to.deep.equal([]);
  });
});
