/**
 * Trainings side by side, each in a process of its own. The result is the same whatever their number: a training is a
 * function of its task. Processes and not threads, because they start alike from TypeScript and from the built files.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { FitResult, Prepared, Task } from './fit.ts';
import { fitAndRead } from './fit.ts';

export type Rows = { readonly rows: readonly Prepared[]; readonly classes: number };
type Job = { readonly at: number; readonly task: Task };
export type ToProcess = { readonly kind: 'rows'; readonly data: Rows } | ({ readonly kind: 'task' } & Job);
export type FromProcess =
  | { readonly kind: 'progress'; readonly at: number; readonly share: number }
  | { readonly kind: 'done'; readonly at: number; readonly result: FitResult };

/** Below this a process takes longer to start than it saves. */
export const WORTH_A_PROCESS = 3_000;
/** Each holds a copy of the examples and of its weights. */
const MOST_PROCESSES = 4;
/** Beside this file, in TypeScript or built. */
const ENTRY = fileURLToPath(new URL(import.meta.url.replace(/[^/]+\.([jt]s)$/, 'fit-process.$1')));

/** @param onProgress the share that is done, 0..1 */
export async function runTasks(
  data: Rows,
  tasks: readonly Task[],
  onProgress: (share: number) => void,
  processes = data.rows.length < WORTH_A_PROCESS ? 1 : availableParallelism(),
): Promise<readonly FitResult[]> {
  const shares = tasks.map(() => 0);
  const tell = (at: number, share: number): void => {
    shares[at] = share;
    onProgress(shares.reduce((sum, one) => sum + one, 0) / tasks.length);
  };
  const count = Math.min(processes, tasks.length, MOST_PROCESSES);
  if (count < 2)
    return tasks.map((task, at) =>
      fitAndRead(data.rows, data.classes, task, (done, total) => tell(at, done / total)),
    );
  const results: FitResult[] = [];
  const waiting = tasks.map((task, at): Job => ({ at, task }));
  const children = Array.from({ length: count }, () =>
    fork(ENTRY, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  );
  try {
    await Promise.all(
      children.map((child) =>
        feed(child, data, waiting, (message) => {
          tell(message.at, message.kind === 'done' ? 1 : message.share);
          if (message.kind === 'done') results[message.at] = message.result;
        }),
      ),
    );
  } finally {
    for (const child of children) child.kill();
  }
  return results;
}

/** Gives one process jobs for as long as some are waiting. */
function feed(
  child: ChildProcess,
  data: Rows,
  waiting: Job[],
  onMessage: (message: FromProcess) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = (message: ToProcess): void => void child.send(message);
    const next = (): void => {
      const job = waiting.shift();
      if (job) send({ kind: 'task', ...job });
      else resolve();
    };
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`A training process ended early (${signal ?? `exit code ${code}`}).`)),
    );
    child.on('message', (message: FromProcess) => {
      onMessage(message);
      if (message.kind === 'done') next();
    });
    send({ kind: 'rows', data });
    next();
  });
}
