/** Finds the configuration, and starts the sandbox when there is none. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CARRIERS } from '../carriers/registry.ts';
import { readEnvironment } from '../server/config/environment.ts';
import { loadConfig } from '../server/config/load.ts';
import type { Config } from '../server/config/schema.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';
import { startSandbox } from '../sandbox/start.ts';
import type { Sandbox } from '../sandbox/start.ts';

const CONFIG_FILE = 'wismo.config.yml';
const SANDBOX_CONFIG = join(PACKAGE_ROOT, 'sandbox', CONFIG_FILE);

export type Settings = { readonly config: Config; readonly file: string; readonly sandbox: Sandbox | null };

/** @param given `--config`; without it `wismo.config.yml` in this folder, without that the sandbox. */
export async function openSettings(given?: string): Promise<Settings> {
  const env = readEnvironment();
  const file = given ? resolve(given) : existsSync(CONFIG_FILE) ? resolve(CONFIG_FILE) : SANDBOX_CONFIG;
  const first = loadConfig({ file, env, carriers: CARRIERS, sandboxUrls: NOWHERE });
  if (first.mode === 'live')
    return { config: loadConfig({ file, env, carriers: CARRIERS }), file, sandbox: null };
  const sandbox = await startSandbox();
  return { config: loadConfig({ file, env, carriers: CARRIERS, sandboxUrls: sandbox.urls }), file, sandbox };
}

/** The configuration alone, for commands that call nobody. */
export function readSettings(given?: string): Config {
  const file = given ? resolve(given) : existsSync(CONFIG_FILE) ? resolve(CONFIG_FILE) : SANDBOX_CONFIG;
  return loadConfig({ file, env: readEnvironment(), carriers: CARRIERS, sandboxUrls: NOWHERE });
}

/** Stands in for the sandbox while we only read the mode. */
const NOWHERE = {
  vendor: 'http://127.0.0.1',
  chat: 'http://127.0.0.1',
  whatsapp: 'http://127.0.0.1',
  carriers: {},
};
