import type { Environment } from './load.ts';

/** The only place that reads the process's environment. */
export function readEnvironment(): Environment {
  return { ...process.env };
}
