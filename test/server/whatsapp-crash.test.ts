import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { startSandbox } from '../../sandbox/start.ts';
import type { Sandbox } from '../../sandbox/start.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { openStore } from '../../server/store/open.ts';
import { freshFolder, MODEL_HOME, SANDBOX_CONFIG, trainOnce, until } from '../running.ts';

const ROUNDS = 3;
const PEOPLE = 20;

describe('kill -9 while WhatsApp is answered', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let dataDir: string;
  let address: string;
  let child: ChildProcess | null = null;

  before(async () => {
    await trainOnce();
    sandbox = await startSandbox();
    dataDir = freshFolder();
    cpSync(join(MODEL_HOME, 'models'), join(dataDir, 'models'), { recursive: true });
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    address = `http://127.0.0.1:${(probe.address() as AddressInfo).port}`;
    probe.close();
    await once(probe, 'close');
  });
  after(async () => {
    child?.kill('SIGKILL');
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    const env = {
      ...process.env,
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      PORT: new URL(address).port,
      WISMO_DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      WHATSAPP_APP_SECRET: 'secret',
      WHATSAPP_VERIFY_TOKEN: 'token',
      WHATSAPP_GRAPH_URL: sandbox.urls.whatsapp,
      JUMIA_CHAT_URL: sandbox.urls.chat,
      JUMIA_VENDOR_URL: sandbox.urls.vendor,
    };
    const program = join(PACKAGE_ROOT, 'cli', 'wismo.ts');
    child = spawn(process.execPath, ['--import', 'tsx', program, 'start', '--config', SANDBOX_CONFIG], {
      env,
      stdio: 'ignore',
      cwd: PACKAGE_ROOT,
    });
    const ready = (): Promise<true | null> =>
      fetch(`${address}/readyz`).then(
        (answer) => (answer.ok ? true : null),
        () => null,
      );
    await until(ready, 'the server', 60_000);
    await sandbox.whatsapp.subscribe({
      url: `${address}/webhooks/whatsapp`,
      appSecret: 'secret',
      verifyToken: 'token',
    });
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ended = child;
    ended?.kill(signal);
    if (ended) await once(ended, 'exit');
  }

  it('answers nobody twice, and everybody but those of whom it says that it does not know', async () => {
    const accepted = new Set<string>();
    const answered = (): number =>
      [...accepted].filter((phone) => sandbox.whatsapp.messages(phone).length > 0).length;
    for (let round = 0; round < ROUNDS; round += 1) {
      await start();
      const before = answered();
      const writing = Array.from({ length: PEOPLE }, async (_, index) => {
        const phone = `23480${round}00000${String(index).padStart(2, '0')}`;
        const status = await sandbox.whatsapp.say({ phone }, 'hello').catch(() => 0);
        if (status === 200) accepted.add(phone);
      });
      await until(() => (answered() > before + 2 ? true : null), 'some answers');
      await end('SIGKILL');
      await Promise.all(writing);
    }
    await start();
    const settled = async (): Promise<true | null> => {
      const { db, close } = await openStore({ dataDir });
      const open = await db
        .selectFrom('inbox')
        .select('seq')
        .where('state', '=', 'pending')
        .unionAll(
          db
            .selectFrom('outbox')
            .select('seq')
            .where('state', '=', 'pending')
            .where('channel', '=', 'whatsapp'),
        )
        .execute();
      await close();
      return open.length === 0 ? true : null;
    };
    await until(settled, 'everything to be answered', 30_000);
    await end('SIGTERM');
    const { db, close } = await openStore({ dataDir });
    const unknown = await db
      .selectFrom('outbox')
      .innerJoin('conversation', 'conversation.id', 'outbox.conversation_id')
      .select('conversation.external_id')
      .where('outbox.state', '=', 'unknown')
      .execute();
    await close();
    const doubtful = new Set(unknown.map((row) => row.external_id));
    const counts = [...accepted].map((phone) => sandbox.whatsapp.messages(phone).length);
    expect(accepted.size).to.be.greaterThan(10);
    expect(Math.max(...counts)).to.equal(1);
    for (const phone of accepted)
      if (!doubtful.has(phone)) expect(sandbox.whatsapp.messages(phone), phone).to.have.length(1);
  });
});
