/**
 * The queue only wakes workers; the store is the truth. Losing a wake-up costs time, never a message: a sweep of the
 * store wakes again.
 */
export type WakeQueue = {
  /** Wakes a worker for a conversation, at once or after a while. Wakes for one conversation may be merged. */
  readonly wake: (conversationId: string, afterMs?: number) => void;
  /** Starts handing out conversations; `handler` never rejects. */
  readonly start: (handler: (conversationId: string) => Promise<void>) => void;
  /** True when wakes reach every process that works. */
  readonly ready: () => Promise<boolean>;
  /** Stops handing out and waits for what is under way. */
  readonly stop: () => Promise<void>;
};
