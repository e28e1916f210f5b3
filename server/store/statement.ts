/** Statements written by hand, for the few that every message runs: building them anew would cost more than running them. */
import { CompiledQuery, PostgresAdapter } from 'kysely';
import type { Db, Tx } from './schema.ts';

/** Whichever tables it is typed for: migrations know none. */
export function onPostgres(db: { readonly getExecutor: () => { readonly adapter: unknown } }): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** `?` marks a parameter on both engines; a statement must hold no other question mark. */
export async function run<Row>(
  db: Db | Tx,
  statement: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  const text = onPostgres(db) ? numbered(statement) : statement;
  return (await db.executeQuery<Row>(CompiledQuery.raw(text, [...parameters]))).rows;
}

function numbered(statement: string): string {
  let place = 0;
  return statement.replace(/\?/g, () => `$${(place += 1)}`);
}

/** Placeholders of `rows` rows of `columns` values each: `(?,?),(?,?)`. */
export function valueRows(rows: number, columns: number): string {
  return Array<string>(rows)
    .fill(`(${places(columns)})`)
    .join(',');
}

/** `?,?,?` */
export function places(count: number): string {
  return Array<string>(count).fill('?').join(',');
}
