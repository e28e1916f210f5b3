/** PostgreSQL and Redis of the test's own, which it may stop and start. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { freePort } from './fleet.ts';
import { until } from '../running.ts';

export type Service = {
  readonly url: string;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

function onPath(program: string): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file)) ?? null;
}

/** Debian keeps the server's programs out of the path. */
function postgresFolder(): string | null {
  const own = onPath('initdb');
  if (own) return join(own, '..');
  const versions = '/usr/lib/postgresql';
  if (!existsSync(versions)) return null;
  return (
    readdirSync(versions)
      .map((version) => join(versions, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb'))) ?? null
  );
}

/** Why services of one's own cannot be had here; null when they can. */
export function missingServices(): string | null {
  if (!onPath('redis-server')) return 'redis-server is not installed';
  return postgresFolder() ? null : 'initdb of PostgreSQL is not installed';
}

async function listening(port: number, what: string): Promise<void> {
  await until(
    () =>
      new Promise<true | null>((resolve) => {
        const socket = connect({ port, host: '127.0.0.1' });
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
        socket.once('error', () => resolve(null));
      }),
    what,
    20_000,
  );
}

export async function ownRedis(): Promise<Service> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const stop = async (): Promise<void> => {
    if (!child || child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const start = async (): Promise<void> => {
    child = spawn('redis-server', args, { stdio: 'ignore' });
    await listening(port, 'redis-server');
  };
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, stop, remove: stop };
}

/** The server refuses to run as root, so root hands it to the user `postgres`. */
export async function ownPostgres(): Promise<Service> {
  const port = await freePort();
  const bin = postgresFolder() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'wismo-pg-'));
  const data = join(folder, 'data');
  const root = process.getuid?.() === 0;
  const as = (program: string, args: readonly string[]): void => {
    const [file, all] = root
      ? ['runuser', ['-u', 'postgres', '--', join(bin, program), ...args]]
      : [join(bin, program), [...args]];
    execFileSync(file, all, { stdio: 'ignore', cwd: folder });
  };
  if (root) {
    const id = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
    chmodSync(folder, 0o755);
    mkdirSync(data);
    chownSync(data, id, id);
    chownSync(folder, id, id);
  }
  as('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const start = async (): Promise<void> => {
    as('pg_ctl', ['-D', data, '-w', '-o', options, '-l', join(folder, 'log'), 'start']);
  };
  const stop = async (): Promise<void> => {
    try {
      as('pg_ctl', ['-D', data, '-m', 'fast', '-w', 'stop']);
    } catch {
      // It is not running.
    }
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
