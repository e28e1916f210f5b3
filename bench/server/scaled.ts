/** PostgreSQL and Redis: one web process, one, two and four workers. */
import { execFileSync } from 'node:child_process';
import type { Sandbox } from '../../sandbox/start.ts';
import { freshDatabase } from '../../test/engines.ts';
import { percentile } from './figures.ts';
import { cpuMs } from './processes.ts';
import type { Child } from './processes.ts';
import { latencyAt, sustain } from './turns.ts';

export type ScaledOptions = {
  readonly start: (
    command: readonly string[],
    env?: Readonly<Record<string, string | undefined>>,
  ) => Promise<Child & { readonly port: number }>;
  readonly sandbox: Sandbox;
  readonly secret: string;
  readonly quick: boolean;
  readonly row: (name: string, value: string, goal?: string) => void;
};

const CUSTOMERS = 64;

/** CPU milliseconds of every process of a program, its children included. */
function cpuOf(program: string): number {
  const pids = execFileSync('pgrep', ['-x', program], { encoding: 'utf8' }).trim().split('\n').map(Number);
  return pids.reduce((sum, pid) => {
    try {
      return sum + cpuMs(pid);
    } catch {
      return sum;
    }
  }, 0);
}

export async function scaled({ start, sandbox, secret, quick, row }: ScaledOptions): Promise<void> {
  const databaseUrl = process.env['DATABASE_URL'];
  const redisUrl = process.env['REDIS_URL'];
  if (!databaseUrl || !redisUrl) {
    console.log('\nPostgreSQL and Redis: skipped, set DATABASE_URL and REDIS_URL');
    return;
  }
  console.log(`\nPostgreSQL and Redis, one web process, ${CUSTOMERS} customers at once`);
  for (const count of [1, 2, 4]) {
    const { url, drop } = await freshDatabase(databaseUrl);
    // The workers tell in their log how long a message waited for its turn.
    const env = { DATABASE_URL: url, REDIS_URL: redisUrl, LOG_LEVEL: 'info' };
    const web = await start(['serve'], env);
    const workers: Child[] = [];
    for (let one = 0; one < count; one += 1) workers.push(await start(['work'], env));
    const aim = { sandbox, port: web.port, secret };
    await sustain({ ...aim, seconds: quick ? 3 : 6, conversations: CUSTOMERS, prefix: `warm-${count}` });
    const read = (): number[] => [
      cpuMs(web.pid),
      workers.reduce((sum, { pid }) => sum + cpuMs(pid), 0),
      cpuOf('postgres'),
      cpuOf('redis-server'),
    ];
    const before = read();
    const { turns, seconds, unanswered } = await sustain({
      ...aim,
      seconds: quick ? 8 : 20,
      conversations: CUSTOMERS,
      prefix: `scaled-${count}`,
    });
    const each = read().map((now, at) => ((now - (before[at] ?? 0)) / turns).toFixed(2));
    row(
      `${count} worker${count > 1 ? 's' : ''}: turns`,
      `${(turns / seconds).toFixed(0)}/s`,
      `unanswered ${unanswered}`,
    );
    row('  CPU a turn: web, workers, postgres, redis', `${each.join(', ')} ms`);
    for (const worker of workers) worker.waits();
    const half = Math.max(5, Math.round(turns / seconds / 2));
    const times = await latencyAt({
      ...aim,
      perSecond: half,
      seconds: quick ? 5 : 10,
      prefix: `half-${count}`,
    });
    row(
      `  at half load (${half}/s): webhook to reply p50, p99`,
      `${percentile(times, 50).toFixed(1)}, ${percentile(times, 99).toFixed(1)} ms`,
    );
    const waits = workers.flatMap((worker) => worker.waits());
    row(
      `  at half load: message taken in to turn begun p50, p99`,
      `${percentile(waits, 50).toFixed(0)}, ${percentile(waits, 99).toFixed(0)} ms`,
      'goal p99 ≤ 50',
    );
    for (const worker of workers) await worker.end();
    await web.end();
    await drop();
  }
}
