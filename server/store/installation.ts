import { randomUUID } from 'node:crypto';
import type { Db } from './schema.ts';

const NAME = 'installation';

/** A name all processes on one store share, whatever address each knows it by. Made at the first start. */
export async function installationId(db: Db): Promise<string> {
  await db
    .insertInto('cursor')
    .values({ name: NAME, value: randomUUID(), at: Date.now() })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await db
    .selectFrom('cursor')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow();
  return value;
}
