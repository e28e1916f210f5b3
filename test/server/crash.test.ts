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
import { checkAudit } from '../../server/audit-check.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { openStore } from '../../server/store/open.ts';
import {
  freshFolder,
  messageEvent,
  MODEL_HOME,
  SANDBOX_CONFIG,
  SECRET,
  trainOnce,
  until,
} from '../running.ts';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

describe('kill -9 during a burst', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let dataDir: string;
  let port: number;
  let child: ChildProcess | null = null;

  before(async () => {
    await trainOnce();
    sandbox = await startSandbox();
    dataDir = freshFolder();
    cpSync(join(MODEL_HOME, 'models'), join(dataDir, 'models'), { recursive: true });
    port = await freePort();
  });
  after(async () => {
    child?.kill('SIGKILL');
    await sandbox.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    // The embedded default, whatever services the machine has.
    const env = {
      ...process.env,
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      PORT: String(port),
      WISMO_DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      JUMIA_WEBHOOK_SECRET: SECRET,
      JUMIA_CHAT_URL: sandbox.urls.chat,
      JUMIA_VENDOR_URL: sandbox.urls.vendor,
    };
    child = spawn(
      process.execPath,
      ['--import', 'tsx', join(PACKAGE_ROOT, 'cli', 'wismo.ts'), 'start', '--config', SANDBOX_CONFIG],
      {
        env,
        stdio: 'ignore',
        cwd: PACKAGE_ROOT,
      },
    );
    await until(
      () =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          (answer) => (answer.ok ? true : null),
          () => null,
        ),
      'the server',
      20_000,
    );
  }

  async function kill(): Promise<void> {
    if (!child) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it('answers every accepted message once', async () => {
    const accepted = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      await start();
      const sending = Array.from({ length: 25 }, async (_, index) => {
        const conversation = `crash-${round}-${index}`;
        const { body, headers } = sandbox.chat.sign(
          SECRET,
          messageEvent(conversation, 'where is my order 338000002'),
          { at: Date.now() },
        );
        const response = await fetch(`http://127.0.0.1:${port}/webhooks/jumia/shop-1`, {
          method: 'POST',
          body,
          headers,
        }).catch(() => null);
        if (response?.status === 200) accepted.add(conversation);
      });
      await until(() => (accepted.size > round * 8 + 5 ? true : null), 'some accepted messages');
      await kill();
      await Promise.all(sending);
    }
    await start();
    for (const conversation of accepted) {
      await until(
        () => (sandbox.chat.messages(conversation).length > 0 ? true : null),
        `an answer in ${conversation}`,
        20_000,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const counts = [...accepted].map((conversation) => sandbox.chat.messages(conversation).length);
    expect(accepted.size).to.be.greaterThan(15);
    expect(new Set(counts)).to.deep.equal(new Set([1]));
    const finished = child;
    finished?.kill('SIGTERM');
    const [code] = finished ? ((await once(finished, 'exit')) as [number]) : [1];
    expect(code).to.equal(0);
    const db = await openStore({ dataDir });
    const { problems } = await checkAudit(db, {});
    const recorded = await db
      .selectFrom('audit_record')
      .innerJoin('conversation', 'conversation.id', 'audit_record.conversation')
      .select('conversation.external_id')
      .where('kind', '=', 'message')
      .where('author', '=', 'customer')
      .execute();
    await db.destroy();
    expect(problems, 'the audit chain is whole after every kill').to.deep.equal([]);
    expect(recorded.map(({ external_id }) => external_id)).to.include.members([...accepted]);
  });
});
