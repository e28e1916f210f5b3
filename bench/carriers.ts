/**
 * `npm run bench:carriers`: what a slow or broken carrier does to turns. Real adapters over HTTP on loopback.
 *
 * 1. Cached answers a second.
 * 2. One carrier stalls every tenth call: does any turn wait longer than its budget, and what happens to the others?
 *    Calm and disturbed rounds are interleaved; calm against calm shows how much of a ratio is only noise.
 * 3. One carrier is down: after how many calls does its breaker open, and does it close by itself?
 */
import { performance } from 'node:perf_hooks';
import { createHttp } from '../carriers/axios-http.ts';
import type { Ask } from '../carriers/call.ts';
import { createCall } from '../carriers/call.ts';
import { createLookup } from '../carriers/lookup.ts';
import { CARRIERS } from '../carriers/registry.ts';
import { startCarrierSandbox } from '../sandbox/carrier.ts';
import type { CarrierSandbox } from '../sandbox/carrier.ts';

const CACHED_CALLS = 200_000;
const BUDGET_MS = 1_000;
const ROUNDS = 6;
const TURNS_A_ROUND = 300;
/** Well below what one process can do: what is measured is the disturbance, not the limit. */
const GAP_MS = 8;
const STALLING = 'bosta';
const OTHERS = ['dhl', 'sendbox', 'speedaf', 'pickup-mtaani'];
const HALF_OPEN_MS = 500;

const STARTED = Date.now();
const numberOf = (index: number): string => String(1_000_000_000 + index * 7);

async function open(): Promise<{
  sandbox: CarrierSandbox;
  asks: Map<string, Ask>;
  close: () => Promise<void>;
}> {
  const sandbox = await startCarrierSandbox({ parcels: [], now: Date.now });
  const http = createHttp();
  const asks = new Map<string, Ask>();
  for (const carrier of CARRIERS) {
    const io = { http, now: Date.now, onUnknownCode: () => undefined };
    // The politeness limit would be what is measured; the sandbox needs none.
    const rate = { perSecond: 10_000, concurrent: 50 };
    const track = carrier.connect(sandbox.settings[carrier.id], io);
    asks.set(
      carrier.id,
      createCall({ ...carrier, rate }, track, Date.now, { halfOpenAfterMs: HALF_OPEN_MS }),
    );
  }
  return {
    sandbox,
    asks,
    close: async () => {
      http.close();
      await sandbox.close();
    },
  };
}

function put(sandbox: CarrierSandbox, carrier: string, number: string): void {
  const at = STARTED - 3_600_000;
  sandbox.put({ carrier, number, events: [{ status: 'in_transit', at, place: 'Lagos' }] });
}

async function cached(): Promise<void> {
  const { sandbox, asks, close } = await open();
  const ask = asks.get('dhl');
  put(sandbox, 'dhl', numberOf(0));
  await ask?.(numberOf(0), 'NG');
  const startedAt = performance.now();
  for (let call = 0; call < CACHED_CALLS; call += 1) await ask?.(numberOf(0), 'NG');
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(
    `cached answers            ${Math.round(CACHED_CALLS / seconds).toLocaleString('en')} a second`,
  );
  await close();
}

let next = 1;

/** Steady arrivals; each turn asks one carrier about a number nobody asked for before. */
async function round({
  sandbox,
  asks,
}: Awaited<ReturnType<typeof open>>): Promise<{ others: number[]; stalling: number[] }> {
  const lookup = createLookup(CARRIERS, asks);
  const took = { others: [] as number[], stalling: [] as number[] };
  const turns: Promise<void>[] = [];
  for (let turn = 0; turn < TURNS_A_ROUND; turn += 1) {
    const carrier = turn % 2 === 0 ? STALLING : (OTHERS[(turn >> 1) % OTHERS.length] ?? STALLING);
    const number = numberOf(next);
    next += 1;
    put(sandbox, carrier, number);
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(BUDGET_MS);
    const hints = { provider: carrier, country: 'NG', carriers: [carrier] };
    turns.push(
      lookup(number, hints, signal).then(() => {
        took[carrier === STALLING ? 'stalling' : 'others'].push(performance.now() - startedAt);
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
  await Promise.all(turns);
  return took;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

async function stalled(): Promise<void> {
  const stage = await open();
  await round(stage);
  const calm: number[][] = [];
  const disturbed: number[] = [];
  let longest = 0;
  for (let index = 0; index < ROUNDS; index += 1) {
    calm.push((await round(stage)).others);
    stage.sandbox.trouble(STALLING, 'stall', { every: 10 });
    const { others, stalling } = await round(stage);
    stage.sandbox.trouble(STALLING, null);
    disturbed.push(...others);
    longest = Math.max(longest, ...others, ...stalling);
  }
  const p99 = percentile(disturbed, 0.99) / percentile(calm.flat(), 0.99);
  const half = (parity: number): number =>
    percentile(calm.filter((_, index) => index % 2 === parity).flat(), 0.99);
  console.log(
    `every tenth call stalls   longest turn ${Math.round(longest)} ms of a budget of ${BUDGET_MS} ms`,
  );
  console.log(
    `                          p99 of the other carriers ×${p99.toFixed(2)} of undisturbed (calm against calm: ×${(half(1) / half(0)).toFixed(2)})`,
  );
  await stage.close();
}

async function down(): Promise<void> {
  const { sandbox, asks, close } = await open();
  const ask = asks.get('dhl');
  if (!ask) return;
  sandbox.trouble('dhl', 'http500');
  let calls = 0;
  while (ask.health() === 'closed' && calls < 100) {
    calls += 1;
    await ask(numberOf(next + calls), 'NG');
  }
  const opened = ask.health();
  const opening = opened === 'closed' ? 'did not open' : `opened within ${calls} calls`;
  sandbox.trouble('dhl', null);
  const startedAt = performance.now();
  while (ask.health() !== 'closed' && performance.now() - startedAt < 20_000) {
    calls += 1;
    put(sandbox, 'dhl', numberOf(next + calls));
    await ask(numberOf(next + calls), 'NG');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const closing =
    ask.health() === 'closed'
      ? `closed by itself after ${((performance.now() - startedAt) / 1000).toFixed(1)} s (set to ${HALF_OPEN_MS / 1000} s here)`
      : 'did not close';
  console.log(`one carrier down          breaker ${opening}, ${closing}`);
  await close();
}

await cached();
await stalled();
await down();
process.exit(0);
