/**
 * `npm run bench:server`: what one machine does, as ratios to a floor measured in the same run. Everything is on
 * loopback and bounded. `--quick` shortens it; DATABASE_URL and REDIS_URL switch the scaled part on.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSandbox } from '../sandbox/start.ts';
import type { Sandbox } from '../sandbox/start.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';
import { ensureModel } from '../server/understanding.ts';
import { freePort } from '../test/crash/fleet.ts';
import { rate, signedMessage } from './server/load.ts';
import type { Signed } from './server/load.ts';
import { cpuMs, memoryMb, startFloor, startWismo } from './server/processes.ts';
import type { Child } from './server/processes.ts';
import { scaled } from './server/scaled.ts';
import { median, percentile } from './server/figures.ts';
import { latencyAt, sustain } from './server/turns.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const QUICK = values.quick;
const SECRET = 'whsec_YmVuY2gtc2VjcmV0LWZvci10aGUtc2VydmVyLTAwMDE=';
const CONNECTIONS = 64;
const ROUNDS = QUICK ? 2 : 5;
const REQUESTS = QUICK ? 4_000 : 10_000;
const POOL = 2_000;
const SUSTAIN_SECONDS = QUICK ? 15 : 60;

function requests(count: number): Signed[] {
  return Array.from({ length: count }, (_, index) =>
    signedMessage({
      secret: SECRET,
      shop: 'shop-1',
      conversation: `bench-${index % POOL}`,
      text: 'Where is my order 338000001?',
      order: '338000001',
      long: true,
    }),
  );
}

type Start = (
  command: readonly string[],
  env?: Readonly<Record<string, string | undefined>>,
) => Promise<Child & { readonly port: number }>;

function starter(sandbox: Sandbox, dataDir: string, config: string): Start {
  return async (command, env = {}) => {
    const port = await freePort();
    const all = {
      DATABASE_URL: undefined,
      REDIS_URL: undefined,
      PORT: String(port),
      WISMO_DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
      JUMIA_WEBHOOK_SECRET: SECRET,
      JUMIA_CHAT_URL: sandbox.urls.chat,
      JUMIA_VENDOR_URL: sandbox.urls.vendor,
      ...Object.fromEntries(
        Object.entries(sandbox.urls.carriers).map(([id, url]) => [
          `CARRIER_${id.toUpperCase().replace(/-/g, '_')}_URL`,
          url,
        ]),
      ),
      ...env,
    };
    const health = command[0] === 'work' ? ['--health-port', String(port)] : [];
    return { ...(await startWismo([...command, '--config', config, ...health], all, port)), port };
  };
}

const row = (name: string, value: string, goal = ''): void =>
  console.log(`  ${name.padEnd(58)} ${value.padStart(24)}  ${goal}`);

/** The accept path beside the floor, in turns. */
async function acceptPath(start: Start, folder: string): Promise<number> {
  const floor = await startFloor(folder, SECRET);
  const web = await start(['serve']);
  const ours: number[] = [];
  const theirs: number[] = [];
  await rate(floor.port, requests(1_000), CONNECTIONS);
  await rate(web.port, requests(1_000), CONNECTIONS);
  const before = cpuMs(web.pid);
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(await rate(floor.port, requests(REQUESTS), CONNECTIONS));
    ours.push(await rate(web.port, requests(REQUESTS), CONNECTIONS));
  }
  const cpu = (cpuMs(web.pid) - before) / (ROUNDS * REQUESTS);
  await floor.end();
  await web.end();
  const base = median(theirs);
  const ratios = ours.map((one, round) => one / (theirs[round] ?? 1));
  console.log(`\nAccepting webhooks, SQLite, ${CONNECTIONS} connections, ${ROUNDS} rounds in turns`);
  row('floor: express, signature, one durable insert', `${base.toFixed(0)}/s`);
  row('wismo: validated, deduplicated, inbox, audit, durable', `${median(ours).toFixed(0)}/s`);
  row(
    'ratio (lowest … highest round)',
    `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)})`,
    'goal ≥ 1.5',
  );
  row('CPU a message', `${cpu.toFixed(3)} ms`);
  return base;
}

async function fullTurns(start: Start, sandbox: Sandbox, base: number): Promise<void> {
  const all = await start(['start']);
  await sustain({
    sandbox,
    port: all.port,
    secret: SECRET,
    seconds: QUICK ? 3 : 8,
    conversations: CONNECTIONS,
    prefix: 'warm',
  });
  const before = { cpu: cpuMs(all.pid), memory: memoryMb(all.pid) };
  const first = await sustain({
    sandbox,
    port: all.port,
    secret: SECRET,
    seconds: SUSTAIN_SECONDS / 2,
    conversations: CONNECTIONS,
    prefix: 'a',
  });
  const middle = memoryMb(all.pid);
  const second = await sustain({
    sandbox,
    port: all.port,
    secret: SECRET,
    seconds: SUSTAIN_SECONDS / 2,
    conversations: CONNECTIONS,
    prefix: 'b',
  });
  const turns = first.turns + second.turns;
  const cpu = (cpuMs(all.pid) - before.cpu) / turns;
  const rateOfTurns = turns / (first.seconds + second.seconds);
  console.log(`\nFull turns, one process, SQLite, ${SUSTAIN_SECONDS} s, ${CONNECTIONS} customers at once`);
  row('turns', `${rateOfTurns.toFixed(0)}/s`);
  row('ratio to the floor', (rateOfTurns / base).toFixed(2), 'goal ≥ 0.35');
  row(
    'second half against the first',
    (second.turns / second.seconds / (first.turns / first.seconds)).toFixed(2),
    'about 1',
  );
  row(
    'memory at start, middle, end',
    `${before.memory.toFixed(0)}, ${middle.toFixed(0)}, ${memoryMb(all.pid).toFixed(0)} MB`,
  );
  row('unanswered at the end', String(first.unanswered + second.unanswered), '0');
  row('CPU a turn', `${cpu.toFixed(2)} ms`);
  await all.end();
}

async function latency(start: Start, sandbox: Sandbox): Promise<void> {
  const all = await start(['start']);
  await latencyAt({ sandbox, port: all.port, secret: SECRET, perSecond: 50, seconds: 5, prefix: 'warm-50' });
  const times = await latencyAt({
    sandbox,
    port: all.port,
    secret: SECRET,
    perSecond: 50,
    seconds: QUICK ? 10 : 30,
    prefix: 'at-50',
  });
  console.log('\nFrom webhook to reply at the emulator, 50 messages a second, carrier answers cached');
  row('p50', `${percentile(times, 50).toFixed(1)} ms`, 'goal ≤ 20');
  row('p99', `${percentile(times, 99).toFixed(1)} ms`, 'goal ≤ 100');
  await all.end();
}

const folder = mkdtempSync(join(tmpdir(), 'wismo-bench-'));
const sandbox = await startSandbox();
try {
  const home = join(folder, 'data');
  await ensureModel(home, ['en', 'fr', 'pt'], Date.now, () => undefined);
  const config = join(folder, 'wismo.config.yml');
  // Nobody answers while the accept path is measured.
  writeFileSync(
    config,
    `${readFileSync(join(PACKAGE_ROOT, 'sandbox', 'wismo.config.yml'), 'utf8')}\nwebhooks: { mostWaiting: 10000000 }\n`,
  );
  const start = starter(sandbox, home, config);
  console.log(`node ${process.version}, ${QUICK ? 'quick run' : 'full run'}`);
  const base = await acceptPath(start, folder);
  rmSync(join(home, 'wismo.sqlite'), { force: true });
  rmSync(join(home, 'wismo.sqlite-wal'), { force: true });
  rmSync(join(home, 'wismo.sqlite-shm'), { force: true });
  await fullTurns(start, sandbox, base);
  await latency(start, sandbox);
  await scaled({ start, sandbox, secret: SECRET, quick: QUICK, row });
} finally {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
}
