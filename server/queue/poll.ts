import type { WakeQueue } from './queue.ts';

/** For a process that only takes messages in while no Redis is there: the workers look into the store by themselves. */
export function createPollQueue(): WakeQueue {
  return {
    wake: () => undefined,
    start: () => {
      throw new Error('A process that only takes messages in does not answer them.');
    },
    ready: () => Promise.resolve(true),
    stop: () => Promise.resolve(),
  };
}
