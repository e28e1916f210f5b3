/** The child processes of the server benchmark: started, asked for their cost, ended. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PACKAGE_ROOT } from '../../server/package-root.ts';

export type Child = {
  readonly pid: number;
  /** Milliseconds from taking a message in to beginning its turn, as the process logs them; empties the list. */
  readonly waits: () => readonly number[];
  readonly end: () => Promise<void>;
};

const TICKS_PER_SECOND = 100;
const PAGE_KB = 4;

function childOf(process_: ChildProcess): Child {
  let waits: number[] = [];
  if (process_.stderr)
    createInterface(process_.stderr).on('line', (line) => {
      const waited = /"waited":(\d+)/.exec(line)?.[1];
      if (waited !== undefined) waits.push(Number(waited));
    });
  return {
    waits: () => {
      const read = waits;
      waits = [];
      return read;
    },
    pid: process_.pid ?? 0,
    end: async () => {
      if (process_.exitCode !== null) return;
      const exited = once(process_, 'exit');
      process_.kill('SIGTERM');
      await exited;
    },
  };
}

/** The first line of output, which is a port. */
export async function startFloor(folder: string, secret: string): Promise<Child & { readonly port: number }> {
  const started = spawn(
    process.execPath,
    ['--import', 'tsx', join(PACKAGE_ROOT, 'bench', 'server', 'floor.ts'), folder, secret],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  );
  const [line] = (await once(started.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { ...childOf(started), port: Number(line.toString().trim()) };
}

/** A `wismo` command of the compiled program; resolves when its health page answers. */
export async function startWismo(
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  healthPort: number,
): Promise<Child> {
  const started = spawn(
    process.execPath,
    ['--disable-warning=PINODEP008', join(PACKAGE_ROOT, 'dist', 'cli', 'wismo.js'), ...command],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } },
  );
  const child = childOf(started);
  const deadline = Date.now() + 120_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => null);
    if (answer?.ok) return child;
    if (started.exitCode !== null)
      throw new Error(`wismo ${command.join(' ')} ended with ${started.exitCode}.`);
    if (Date.now() > deadline) throw new Error(`wismo ${command.join(' ')} does not get ready.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** CPU milliseconds a process has used so far (proc(5): utime and stime in clock ticks). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory in MB. */
export function memoryMb(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_KB) / 1024;
}
