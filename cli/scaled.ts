/** `wismo serve` and `wismo work`: the two halves of `wismo start`, as many processes of each as are needed. */
import type { Product } from '../server/assemble.ts';
import type { Role } from '../server/role.ts';
import { ConfigError } from '../server/config/load.ts';
import type { Config } from '../server/config/schema.ts';
import { openProduct } from './product.ts';
import { say } from './progress.ts';
import { openSettings } from './settings.ts';
import { stopOnSignal } from './stop.ts';

type Options = { readonly config?: string };

export async function serve(options: Options): Promise<void> {
  await run('web', options, async (product, config) => {
    say(`wismo takes messages in at ${await product.listen()}`);
    say(
      `  Workers are woken ${config.redisUrl ? 'through Redis' : 'by looking into the store twice a second'}.`,
    );
  });
}

export async function work(options: Options & { readonly healthPort?: string }): Promise<void> {
  const port = healthPort(options.healthPort);
  await run('work', options, async (product) => {
    if (port !== null) say(`wismo tells its health at ${await product.listen(port)}/readyz`);
    await product.startWork();
    say('wismo answers messages');
  });
}

function healthPort(given: string | undefined): number | null {
  if (given === undefined) return null;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ConfigError([`--health-port: "${given}" is not a port (0 to 65535).`]);
}

async function run(
  role: Role,
  options: Options,
  begin: (product: Product, config: Config) => Promise<void>,
): Promise<void> {
  const { config, sandbox } = await openSettings(options.config);
  const { product } = await openProduct({ config, role });
  const stop = async (): Promise<void> => {
    await product.stop();
    await sandbox?.close();
  };
  const stopping = stopOnSignal(async () => {
    say('Stopping: finishing what is under way …');
    await stop();
  });
  try {
    await begin(product, config);
  } catch (error) {
    await stop();
    throw error;
  }
  await stopping;
}
