/** `wismo start`: everything in one process. */
import { relative } from 'node:path';
import type { Sandbox } from '../sandbox/start.ts';
import type { Config } from '../server/config/schema.ts';
import { openProduct } from './product.ts';
import { say } from './progress.ts';
import { openSettings } from './settings.ts';
import { stopOnSignal } from './stop.ts';

export async function start(options: { readonly config?: string }): Promise<void> {
  const { config, file, sandbox } = await openSettings(options.config);
  const { product, model } = await openProduct({ config });
  const stopping = stopOnSignal(async () => {
    say('\nStopping: finishing what is under way …');
    await product.stop();
    await sandbox?.close();
  });
  try {
    const address = await product.listen();
    await product.startWork();
    await subscribeSandbox(config, sandbox, address);
    announce({ config, file, sandbox, address, model });
  } catch (error) {
    await product.stop();
    await sandbox?.close();
    throw error;
  }
  await stopping;
}

/** The emulated WhatsApp sends its webhooks here from now on, as Meta does once the address is entered and verified. */
async function subscribeSandbox(config: Config, sandbox: Sandbox | null, address: string): Promise<void> {
  const { appSecrets, verifyToken } = config.whatsapp;
  const [appSecret] = appSecrets;
  if (!sandbox || !appSecret || !verifyToken) return;
  const url = `${address}/webhooks/whatsapp`;
  await sandbox.whatsapp
    .subscribe({ url, appSecret, verifyToken })
    .catch((error: unknown) => say(`wismo: ${error instanceof Error ? error.message : String(error)}`));
}

type Running = {
  readonly config: Config;
  readonly file: string;
  readonly sandbox: Sandbox | null;
  readonly address: string;
  readonly model: string;
};

function announce({ config, file, sandbox, address, model }: Running): void {
  say();
  say(`wismo is running (model ${model})`);
  if (config.webchat.enabled) say(`  Web chat      ${address}/`);
  say(
    `  Webhooks      ${address}/webhooks/jumia/<shop>   shops: ${config.shops.map(({ id }) => id).join(', ')}`,
  );
  if (config.whatsapp.appSecrets.length > 0) say(`                ${address}/webhooks/whatsapp`);
  say(`  Health        ${address}/healthz  ${address}/readyz`);
  say(
    `  Data          ${config.databaseUrl ? 'PostgreSQL' : `${relative(process.cwd(), config.dataDir) || config.dataDir}/wismo.sqlite`}`,
  );
  if (sandbox) announceSandbox(config, sandbox);
  else say(`  Configuration ${file}`);
  say('Ctrl-C stops it.');
}

function announceSandbox(config: Config, sandbox: Sandbox): void {
  const shop = config.webchat.shop ?? config.shops[0]?.id;
  say();
  say('Sandbox mode: Jumia, WhatsApp and the carriers are played on this machine; nothing leaves it.');
  say(`Orders to try in the web chat (it asks for the name or the city on the order):`);
  for (const order of sandbox.seed.orders.filter((one) => one.shop === shop)) {
    const items = order.items.map(({ name, status }) => `${name} (${status.toLowerCase()})`).join(', ');
    say(`  ${order.number}  ${`${order.lastName}, ${order.city}`.padEnd(24)} ${items}`);
  }
  const phone = `${sandbox.urls.phones}/2348030000001`;
  say('A customer of the first shop on WhatsApp (read the answers at the same address):');
  say(`  curl -H 'content-type: application/json' -d '{"text":"where is my order?"}' ${phone}`);
  say('Leave it: copy wismo.config.example.yml to wismo.config.yml, fill it in, start again.');
  say();
}
