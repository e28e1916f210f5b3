/**
 * Tokens of Vendor Center accounts. The refresh token changes with every use and the old one dies, so there is one
 * renewal at a time per account (a lock row), and the new token is durable before the access token is used.
 */
import { createHash } from 'node:crypto';
import type { Db } from './schema.ts';

export type VendorToken = {
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly rejected: string | null;
};

/** The stored token, unless the configured one is new: then the operator generated it by hand and it wins. */
export async function vendorToken(db: Db, clientId: string, configured: string): Promise<VendorToken> {
  const seed = createHash('sha256').update(configured).digest('hex');
  const row = await db
    .selectFrom('vendor_token')
    .selectAll()
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  if (row && row.seed === seed) {
    return {
      refreshToken: row.refresh_token,
      accessToken: row.access_token,
      expiresAt: row.expires_at,
      rejected: row.rejected,
    };
  }
  const fresh = {
    client_id: clientId,
    refresh_token: configured,
    access_token: '',
    expires_at: 0,
    rejected: null,
    seed,
  };
  await db
    .insertInto('vendor_token')
    .values(fresh)
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet(fresh))
    .execute();
  return { refreshToken: configured, accessToken: '', expiresAt: 0, rejected: null };
}

/** True when this holder may renew now. */
export async function lockVendorToken(
  db: Db,
  clientId: string,
  holder: string,
  now: number,
  until: number,
): Promise<boolean> {
  const locked = await db
    .updateTable('vendor_token')
    .set({ locked_by: holder, locked_until: until })
    .where('client_id', '=', clientId)
    .where('locked_until', '<', now)
    .executeTakeFirst();
  return locked.numUpdatedRows > 0n;
}

/** Keeps the new pair and frees the lock. */
export async function saveVendorToken(
  db: Db,
  clientId: string,
  token: Omit<VendorToken, 'rejected'>,
): Promise<void> {
  await db
    .updateTable('vendor_token')
    .set({
      refresh_token: token.refreshToken,
      access_token: token.accessToken,
      expires_at: token.expiresAt,
      rejected: null,
      locked_by: null,
      locked_until: 0,
    })
    .where('client_id', '=', clientId)
    .execute();
}

/** Frees the lock after a failure; `rejected` when the account must be connected again by hand. */
export async function unlockVendorToken(db: Db, clientId: string, rejected: string | null): Promise<void> {
  await db
    .updateTable('vendor_token')
    .set({ locked_by: null, locked_until: 0, rejected })
    .where('client_id', '=', clientId)
    .execute();
}
