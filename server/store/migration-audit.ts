/**
 * The tables of the audit chain and of the keys that seal personal content.
 *
 * There is no index by conversation: neighbors in the chain belong to different conversations, so it would make every
 * append write to as many pages as there are conversations, and triple its cost. Reading starts at the checkpoint before the
 * conversation instead.
 */
import type { Kysely, Migration } from 'kysely';

const instant = 'bigint';

export const audit: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit_record')
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('conversation', 'text')
      .addColumn('customer', 'text')
      .addColumn('author', 'text', (column) => column.notNull())
      .addColumn('ref', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text')
      .addColumn('prev', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_record_key', ['shop', 'seq'])
      .execute();
    await db.schema
      .createTable('audit_head')
      .addColumn('shop', 'text', (column) => column.primaryKey())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('mac', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('audit_checkpoint')
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('signature', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('audit_checkpoint_key', ['shop', 'seq'])
      .execute();
    await db.schema
      .createTable('audit_key')
      .addColumn('purpose', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('customer_key')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('customer_id', 'text')
      .addColumn('wrapped', 'text')
      .addColumn('created_at', instant, (column) => column.notNull())
      .addColumn('erased_at', instant)
      .addUniqueConstraint('customer_key_owner', ['shop', 'channel', 'customer_id'])
      .execute();
    await db.schema.alterTable('review').addColumn('conversation_id', 'text').execute();
    await db.schema.alterTable('conversation').addColumn('erased_at', instant).execute();
    await db.schema
      .createIndex('conversation_customer')
      .on('conversation')
      .columns(['customer_id', 'channel'])
      .execute();
  },
};
