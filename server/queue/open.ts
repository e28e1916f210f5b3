/** Which queue a process has. */
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Role } from '../role.ts';
import { createBullQueue } from './bull.ts';
import { createMemoryQueue } from './memory.ts';
import { createPollQueue } from './poll.ts';
import type { WakeQueue } from './queue.ts';

const CONCURRENT_TURNS = 32;

/**
 * With Redis, wakes reach every process. Without, a process that takes messages in and answers them wakes itself, and
 * one that only answers looks into the store.
 */
export function openQueue(options: {
  readonly role: Role;
  readonly config: Config;
  readonly installation: string;
  readonly log: Log;
}): WakeQueue {
  const { role, config, installation, log } = options;
  const { redisUrl } = config;
  if (redisUrl && role !== 'terminal')
    return createBullQueue({ redisUrl, concurrency: CONCURRENT_TURNS, log, installation });
  return role === 'web' ? createPollQueue() : createMemoryQueue(CONCURRENT_TURNS);
}
