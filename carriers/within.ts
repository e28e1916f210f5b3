/** Waiting for an answer no longer than a budget; the answer itself goes on without its waiter. */

/** Timers as an argument, so that tests own time. */
export type Timers = {
  readonly set: (run: () => void, afterMs: number) => unknown;
  readonly clear: (timer: unknown) => void;
};

export const realTimers: Timers = {
  set: (run, afterMs) => setTimeout(run, afterMs),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** How long a caller waits: until the signal fires, or the budget is spent, whichever is first. */
export type Patience = { readonly signal?: AbortSignal; readonly budgetMs?: number };

/** `late`: the budget is spent; `answer` still comes, and never rejects when the awaited one does not. */
export type Waited<T> =
  { readonly kind: 'answered'; readonly answer: T } | { readonly kind: 'late'; readonly answer: Promise<T> };

/** Default of a caller that names no budget: what is left of a four-second turn after understanding and composing. */
export const DEFAULT_BUDGET_MS = 3_500;

/**
 * Waits for `answer` within a caller's patience.
 *
 * @example
 * const result = await within(ask('40000000001', 'EG'), { budgetMs: 3_500 });
 * if (result.kind === 'late') void result.answer.then(sendSecondMessage);
 */
export async function within<T>(
  answer: Promise<T>,
  patience: Patience = {},
  timers = realTimers,
): Promise<Waited<T>> {
  const { signal } = patience;
  const late = { kind: 'late', answer } as const;
  if (signal?.aborted === true) return late;
  let timer: unknown;
  let onAbort: () => void = () => undefined;
  const over = new Promise<typeof late>((resolve) => {
    onAbort = () => resolve(late);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (patience.budgetMs !== undefined || signal === undefined) {
      timer = timers.set(onAbort, patience.budgetMs ?? DEFAULT_BUDGET_MS);
    }
  });
  try {
    return await Promise.race([answer.then((value) => ({ kind: 'answered', answer: value }) as const), over]);
  } finally {
    timers.clear(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
