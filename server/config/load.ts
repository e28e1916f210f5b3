/** Reads the configuration once: file, then environment. Every error at once, each with its path and a hint. */
import { existsSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Config } from './schema.ts';
import { configSchema } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The operator's mistake, said in one line per problem. The command line exits with 2. */
export class ConfigError extends Error {
  readonly code = 'WISMO_CONFIG';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** `${NAME}`, or `${NAME:-value when it is not set}`. */
const VARIABLE = /\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g;

function fillVariables(
  node: unknown,
  env: Environment,
  path: readonly (string | number)[],
  problems: string[],
): unknown {
  if (typeof node === 'string') {
    return node.replace(VARIABLE, (_, name: string, fallback: string | undefined) => {
      const value = env[name] ?? fallback;
      if (value === undefined)
        problems.push(
          `${path.join('.')}: the environment variable ${name} is not set. Set it, or remove this entry.`,
        );
      return value ?? '';
    });
  }
  if (Array.isArray(node))
    return node.map((child, index) => fillVariables(child, env, [...path, index], problems));
  if (node !== null && typeof node === 'object') {
    return Object.fromEntries(
      Object.entries(node).map(([key, child]) => [key, fillVariables(child, env, [...path, key], problems)]),
    );
  }
  return node;
}

/** What carriers need to be checked with: their settings schema and their address. */
export type CarrierSettings = { readonly id: string; readonly settings: z.ZodType };

export type LoadOptions = {
  /** Path of the YAML file. */
  readonly file: string;
  readonly env: Environment;
  readonly carriers: readonly CarrierSettings[];
  /** Addresses of a sandbox that runs beside us: weaker than the environment, stronger than the file. */
  readonly sandboxUrls?: SandboxUrls;
};

export type SandboxUrls = {
  readonly vendor: string;
  readonly chat: string;
  readonly whatsapp: string;
  readonly carriers: Readonly<Record<string, string>>;
};

export function loadConfig({ file, env, carriers, sandboxUrls }: LoadOptions): Config {
  if (!existsSync(file)) throw new ConfigError([`${file}: the file does not exist.`]);
  const document = parseDocument(readFileSync(file, 'utf8'), { version: '1.2' });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors
        .slice(0, 1)
        .map((error) => `${file}, line ${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0]}`),
    );
  }
  const problems: string[] = [];
  const filled = fillVariables(document.toJS() ?? {}, env, [], problems);
  const overridden = override(filled, env, carriers, sandboxUrls);
  const result = configSchema.safeParse(overridden);
  if (!result.success) problems.push(...result.error.issues.map(sayIssue));
  if (result.success) problems.push(...crossCheck(result.data, carriers));
  if (!result.success || problems.length > 0)
    throw new ConfigError([...new Set(problems)].map((problem) => `${file}: ${problem}`));
  return result.data;
}

function sayIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.') || 'the file'}: ${issue.message}`;
}

type Loose = Record<string, unknown>;
const asObject = (value: unknown): Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};

/** `CARRIER_<ID>_URL`, dashes as underscores. */
export function carrierVariable(id: string): string {
  return `CARRIER_${id.replace(/-/g, '_').toUpperCase()}_URL`;
}

/** The environment wins over the file; it names every outside address. */
function override(
  config: unknown,
  env: Environment,
  carriers: readonly CarrierSettings[],
  sandbox: SandboxUrls | undefined,
): unknown {
  const base = asObject(config);
  const set = (target: Loose, key: string, ...values: (string | undefined)[]): void => {
    const value = values.find((candidate) => candidate !== undefined && candidate !== '');
    if (value !== undefined) target[key] = value;
  };
  const top: Loose = { ...base };
  set(top, 'port', env['PORT']);
  set(top, 'host', env['HOST']);
  set(top, 'dataDir', env['WISMO_DATA_DIR']);
  set(top, 'logLevel', env['LOG_LEVEL']);
  set(top, 'databaseUrl', env['DATABASE_URL']);
  set(top, 'redisUrl', env['REDIS_URL']);
  const jumia: Loose = { ...asObject(base['jumia']) };
  set(jumia, 'vendorUrl', env['JUMIA_VENDOR_URL'], sandbox?.vendor);
  set(jumia, 'chatUrl', env['JUMIA_CHAT_URL'], sandbox?.chat);
  const whatsapp: Loose = { ...asObject(base['whatsapp']) };
  set(whatsapp, 'graphUrl', env['WHATSAPP_GRAPH_URL'], sandbox?.whatsapp);
  const audit: Loose = { ...asObject(base['audit']) };
  set(audit, 'signingKey', env['WISMO_AUDIT_KEY']);
  set(audit, 'masterKey', env['WISMO_MASTER_KEY']);
  const settings: Loose = { ...asObject(base['carriers']) };
  for (const { id } of carriers) {
    if (!(id in settings)) continue;
    const own: Loose = { ...asObject(settings[id]) };
    set(own, 'baseUrl', env[carrierVariable(id)], sandbox?.carriers[id]);
    settings[id] = own;
  }
  return { ...top, jumia, whatsapp, audit, carriers: settings };
}

function crossCheck(config: Config, carriers: readonly CarrierSettings[]): string[] {
  const problems: string[] = [];
  for (const [id, settings] of Object.entries(config.carriers)) {
    const carrier = carriers.find((one) => one.id === id);
    if (!carrier) {
      problems.push(
        `carriers.${id}: there is no such carrier. Known: ${carriers.map((one) => one.id).join(', ')}.`,
      );
      continue;
    }
    const result = carrier.settings.safeParse(settings);
    if (!result.success)
      problems.push(...result.error.issues.map((issue) => `carriers.${id}.${sayIssue(issue)}`));
  }
  const ids = new Set<string>();
  config.shops.forEach((shop, index) => {
    if (ids.has(shop.id)) problems.push(`shops.${index}.id: "${shop.id}" is used twice.`);
    ids.add(shop.id);
    for (const carrier of shop.carriers) {
      if (!(carrier in config.carriers))
        problems.push(`shops.${index}.carriers: "${carrier}" has no entry under carriers.`);
    }
    if (!config.languages.includes(shop.lang))
      problems.push(
        `shops.${index}.lang: "${shop.lang}" is not one of languages (${config.languages.join(', ')}).`,
      );
  });
  problems.push(...checkWhatsapp(config));
  if (!config.jumia.chatUrl)
    problems.push(
      'jumia.chatUrl: is missing. Name the address of your marketplace-chat connection, or set JUMIA_CHAT_URL.',
    );
  if (config.webchat.shop && !ids.has(config.webchat.shop))
    problems.push(`webchat.shop: there is no shop "${config.webchat.shop}".`);
  if (config.thresholds.clarify > config.thresholds.answer)
    problems.push('thresholds: clarify must not be above answer.');
  return problems;
}

function checkWhatsapp({ shops, whatsapp }: Config): string[] {
  const problems: string[] = [];
  const ids = shops.flatMap((shop) => shop.whatsapp.map(({ phoneNumberId }) => phoneNumberId));
  for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index)))
    problems.push(`shops: the WhatsApp number ${id} is used twice.`);
  if (ids.length > 0 && whatsapp.appSecrets.length === 0)
    problems.push(
      'whatsapp.appSecrets: is missing. Without the app secret anybody could write in the customers’ name; see Meta for Developers, App settings, Basic.',
    );
  if (ids.length > 0 && !whatsapp.verifyToken)
    problems.push(
      'whatsapp.verifyToken: is missing. Choose a long random word and enter the same one in Meta for Developers.',
    );
  return problems;
}
