import type { WakeQueue } from './queue.ts';

/** The embedded queue: one process, no service. A conversation woken while it is handled is handled once more. */
export function createMemoryQueue(concurrency: number): WakeQueue {
  const waiting = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();
  let handler: ((conversationId: string) => Promise<void>) | null = null;
  let idle: (() => void) | null = null;

  function pump(): void {
    if (!handler) return;
    for (const id of waiting) {
      if (running.size >= concurrency) return;
      waiting.delete(id);
      running.add(id);
      void handler(id).finally(() => {
        running.delete(id);
        if (again.delete(id)) waiting.add(id);
        if (running.size === 0) idle?.();
        pump();
      });
    }
  }

  function wakeNow(id: string): void {
    if (running.has(id)) again.add(id);
    else waiting.add(id);
    pump();
  }

  return {
    wake: (id, afterMs = 0) => {
      clearTimeout(timers.get(id));
      timers.delete(id);
      if (afterMs <= 0) return wakeNow(id);
      const timer = setTimeout(() => {
        timers.delete(id);
        wakeNow(id);
      }, afterMs);
      timers.set(id, timer);
    },
    start: (given) => {
      handler = given;
      pump();
    },
    ready: () => Promise.resolve(true),
    stop: async () => {
      handler = null;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      if (running.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    },
  };
}
