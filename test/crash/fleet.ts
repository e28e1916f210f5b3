/** The product as child processes that can be killed at any moment, with the outside world played by the test. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from '../../sandbox/start.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { SANDBOX_CONFIG, SECRET, until } from '../running.ts';

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** What Meta and the product share. */
export const WHATSAPP = { appSecret: 'crash-secret', verifyToken: 'crash-token' } as const;

export type Command = 'start' | 'serve' | 'work';

/** One process of the product, at one address over all its lives. */
export type Member = {
  readonly command: Command;
  readonly port: number;
  /** Resolves when it is ready to work. */
  readonly start: () => Promise<void>;
  /** `kill -9`; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
};

export type FleetOptions = {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
};

const PROGRAM = join(PACKAGE_ROOT, 'dist', 'cli', 'wismo.js');
let built = false;

/** The compiled program starts in half the time; it is brought up to date first. */
export function buildOnce(): void {
  if (built) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: PACKAGE_ROOT, stdio: 'inherit' });
  built = true;
}

/** A turn that runs out of time promises a second message; on a slow machine that would be one answer too many. */
function patientConfig(dataDir: string): string {
  const file = join(dataDir, 'wismo.config.yml');
  writeFileSync(file, `${readFileSync(SANDBOX_CONFIG, 'utf8')}\nturn: { budgetMs: 30000 }\n`);
  return file;
}

const READY_MS = 60_000;

export async function member(command: Command, options: FleetOptions): Promise<Member> {
  const port = await freePort();
  const { sandbox, dataDir, databaseUrl, redisUrl } = options;
  const env = {
    ...process.env,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    PORT: String(port),
    WISMO_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    JUMIA_WEBHOOK_SECRET: SECRET,
    JUMIA_CHAT_URL: sandbox.urls.chat,
    JUMIA_VENDOR_URL: sandbox.urls.vendor,
    WHATSAPP_GRAPH_URL: sandbox.urls.whatsapp,
    WHATSAPP_APP_SECRET: WHATSAPP.appSecret,
    WHATSAPP_VERIFY_TOKEN: WHATSAPP.verifyToken,
    ...Object.fromEntries(
      Object.entries(sandbox.urls.carriers).map(([id, url]) => [
        `CARRIER_${id.toUpperCase().replace(/-/g, '_')}_URL`,
        url,
      ]),
    ),
  };
  const health = command === 'work' ? ['--health-port', String(port)] : [];
  const args = ['--disable-warning=PINODEP008', PROGRAM, command, '--config', patientConfig(dataDir)];
  let child: ChildProcess | null = null;

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    const ending = child;
    child = null;
    if (!ending) return null;
    if (ending.exitCode !== null) return ending.exitCode;
    const exited = once(ending, 'exit') as Promise<[number | null]>;
    ending.kill(signal);
    return (await exited)[0];
  };

  return {
    command,
    port,
    start: async () => {
      const log = openSync(join(dataDir, `${command}-${port}.log`), 'a');
      child = spawn(process.execPath, [...args, ...health], {
        env,
        stdio: ['ignore', 'ignore', log],
        cwd: PACKAGE_ROOT,
      });
      closeSync(log);
      await until(
        () =>
          fetch(`http://127.0.0.1:${port}/readyz`).then(
            (answer) => (answer.ok ? true : null),
            () => null,
          ),
        `wismo ${command}`,
        READY_MS,
      );
    },
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}
