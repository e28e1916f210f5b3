/** `wismo start`: everything in one process. */
import { relative } from 'node:path';
import type { Sandbox } from '../sandbox/start.ts';
import { createProduct } from '../server/assemble.ts';
import type { Config } from '../server/config/schema.ts';
import { ensureModel } from '../server/understanding.ts';
import { createProgress, say } from './progress.ts';
import { openSettings } from './settings.ts';
import { stopOnSignal } from './stop.ts';

export async function start(options: { readonly config?: string }): Promise<void> {
  const { config, file, sandbox } = await openSettings(options.config);
  const progress = createProgress('Training the language model');
  let trained = false;
  const model = await ensureModel(config.dataDir, config.languages, Date.now, (done, total, phase) => {
    trained = true;
    progress.update(done, total, phase);
  });
  if (trained) progress.end();
  const product = await createProduct({ config });
  const stopping = stopOnSignal(async () => {
    say('\nStopping: finishing what is under way …');
    await product.stop();
    await sandbox?.close();
  });
  try {
    const address = await product.listen();
    await product.startWork();
    announce({ config, file, sandbox, address, model });
  } catch (error) {
    await product.stop();
    await sandbox?.close();
    throw error;
  }
  await stopping;
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
  say('Sandbox mode: Jumia and the carriers are played on this machine; nothing leaves it.');
  say(`Orders to try in the web chat (it asks for the name or the city on the order):`);
  for (const order of sandbox.seed.orders.filter((one) => one.shop === shop)) {
    const items = order.items.map(({ name, status }) => `${name} (${status.toLowerCase()})`).join(', ');
    say(`  ${order.number}  ${`${order.lastName}, ${order.city}`.padEnd(24)} ${items}`);
  }
  say('Leave it: copy wismo.config.example.yml to wismo.config.yml, fill it in, start again.');
  say();
}
