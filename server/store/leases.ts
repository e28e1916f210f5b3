/** Work that one process does for all: who holds the lease does it. */
import type { Db } from './schema.ts';

/** True when `holder` has the lease until `until`: it was free, run out, or its own. */
export async function takeLease(
  db: Db,
  name: string,
  holder: string,
  now: number,
  until: number,
): Promise<boolean> {
  const taken = await db
    .insertInto('lease')
    .values({ name, holder, until })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, until })
        .where((eb) => eb.or([eb('lease.until', '<', now), eb('lease.holder', '=', holder)])),
    )
    .returning('name')
    .executeTakeFirst();
  return taken !== undefined;
}

/** Gives back everything `holder` has, so that another process goes on at once. */
export async function returnLeases(db: Db, holder: string): Promise<void> {
  await db.deleteFrom('lease').where('holder', '=', holder).execute();
}
