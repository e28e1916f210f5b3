/** The product for a command, with its models; what has to be trained first is shown. */
import type { Product, ProductOptions } from '../server/assemble.ts';
import { createProduct } from '../server/assemble.ts';
import { ensureModel } from '../server/understanding.ts';
import { createProgress } from './progress.ts';

/** `model` is the id of the language model in use. */
export async function openProduct(
  options: Pick<ProductOptions, 'config' | 'role'>,
): Promise<{ readonly product: Product; readonly model: string }> {
  const { dataDir, languages } = options.config;
  const progress = createProgress('Training the language model');
  const model = await ensureModel(dataDir, languages, Date.now, progress.update);
  progress.end();
  const more = createProgress('Training screen and guard');
  const product = await createProduct({ ...options, onTraining: more.update });
  more.end();
  return { product, model };
}
