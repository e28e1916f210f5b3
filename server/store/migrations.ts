/** The history of the schema, oldest first. A migration that was released is never edited. */
import type { ColumnDefinitionBuilder, Kysely, Migration } from 'kysely';
import { sql } from 'kysely';
import { audit } from './migration-audit.ts';
import { onPostgres } from './statement.ts';

type AnyDb = Kysely<unknown>;

/** A number that grows by itself, unique in the installation. */
function serial(db: AnyDb): {
  type: 'integer' | 'bigint';
  build: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
} {
  return onPostgres(db)
    ? { type: 'bigint', build: (column) => column.generatedAlwaysAsIdentity().primaryKey() }
    : { type: 'integer', build: (column) => column.primaryKey().autoIncrement() };
}

/** Epoch milliseconds. */
const instant = 'bigint';

const first: Migration = {
  async up(db: AnyDb): Promise<void> {
    const id = serial(db);
    await db.schema
      .createTable('conversation')
      .addColumn('ticket', id.type, id.build)
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('ticket_type', 'text', (column) => column.notNull())
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('external_id', 'text', (column) => column.notNull())
      .addColumn('customer_id', 'text', (column) => column.notNull())
      .addColumn('customer_name', 'text')
      .addColumn('bound_order', 'text')
      .addColumn('locale', 'text')
      .addColumn('bot', 'text', (column) => column.notNull())
      .addColumn('lang', 'text')
      .addColumn('control', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('sla_counted', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('claimed_by', 'text')
      .addColumn('claimed_until', instant, (column) => column.notNull().defaultTo(0))
      .addColumn('created_at', instant, (column) => column.notNull())
      .addColumn('updated_at', instant, (column) => column.notNull())
      .addUniqueConstraint('conversation_external', ['channel', 'account', 'external_id'])
      .execute();
    await db.schema
      .createTable('inbox')
      .addColumn('seq', id.type, id.build)
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('message_id', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('sent_at', instant, (column) => column.notNull())
      .addColumn('received_at', instant, (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('done_at', instant)
      .addUniqueConstraint('inbox_message', ['channel', 'account', 'message_id'])
      .execute();
    await db.schema
      .createIndex('inbox_pending')
      .on('inbox')
      .columns(['state', 'conversation_id', 'seq'])
      .execute();
    await db.schema
      .createTable('outbox')
      .addColumn('seq', id.type, id.build)
      .addColumn('id', 'text', (column) => column.notNull().unique())
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('next_at', instant, (column) => column.notNull())
      .addColumn('claimed_until', instant, (column) => column.notNull().defaultTo(0))
      .addColumn('channel_message_id', 'text')
      .addColumn('delivery', 'text')
      .addColumn('error', 'text')
      .addColumn('created_at', instant, (column) => column.notNull())
      .addColumn('accepted_at', instant)
      .execute();
    await db.schema.createIndex('outbox_pending').on('outbox').columns(['state', 'next_at', 'seq']).execute();
    await db.schema
      .createIndex('outbox_conversation')
      .on('outbox')
      .columns(['conversation_id', 'seq'])
      .execute();
    await db.schema
      .createIndex('outbox_channel_message')
      .on('outbox')
      .columns(['channel', 'channel_message_id'])
      .execute();
    await db.schema
      .createTable('transcript')
      .addColumn('seq', id.type, id.build)
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('role', 'text', (column) => column.notNull())
      .addColumn('author', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('ref', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('transcript_conversation')
      .on('transcript')
      .columns(['conversation_id', 'seq'])
      .execute();
    await db.schema
      .createTable('turn')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addColumn('ms', 'integer', (column) => column.notNull())
      .addColumn('lang', 'text', (column) => column.notNull())
      .addColumn('intent', 'text', (column) => column.notNull())
      .addColumn('confidence', 'double precision', (column) => column.notNull())
      .addColumn('decision', 'text', (column) => column.notNull())
      .addColumn('trace', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('turn_conversation').on('turn').columns(['conversation_id', 'at']).execute();
    await db.schema
      .createTable('control_change')
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('from_control', 'text', (column) => column.notNull())
      .addColumn('to_control', 'text', (column) => column.notNull())
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('queue', 'text')
      .addColumn('summary', 'text', (column) => column.notNull())
      .addColumn('author', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('control_change_key', ['conversation_id', 'version'])
      .execute();
    await db.schema
      .createTable('follow_up')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('due_at', instant, (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('follow_up_due').on('follow_up').columns(['state', 'due_at']).execute();
    await db.schema
      .createTable('order_index')
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('number', 'text', (column) => column.notNull())
      .addColumn('order_id', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('updated_at', instant, (column) => column.notNull())
      .addColumn('read_at', instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('order_index_key', ['shop', 'number'])
      .execute();
    await db.schema
      .createTable('order_tracking')
      .addColumn('shop', 'text', (column) => column.notNull())
      .addColumn('tracking', 'text', (column) => column.notNull())
      .addColumn('number', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('order_tracking_key', ['shop', 'tracking'])
      .execute();
    await db.schema
      .createTable('vendor_token')
      .addColumn('client_id', 'text', (column) => column.primaryKey())
      .addColumn('refresh_token', 'text', (column) => column.notNull())
      .addColumn('access_token', 'text', (column) => column.notNull())
      .addColumn('expires_at', instant, (column) => column.notNull())
      .addColumn('locked_by', 'text')
      .addColumn('locked_until', instant, (column) => column.notNull().defaultTo(0))
      .addColumn('rejected', 'text')
      .addColumn('seed', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('cursor')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('seen_event')
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('event_id', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('seen_event_key', ['channel', 'account', 'event_id'])
      .execute();
  },
};

const reviews: Migration = {
  async up(db: AnyDb): Promise<void> {
    await db.schema
      .createTable('review')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('lang', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('intent', 'text', (column) => column.notNull())
      .addColumn('confidence', 'real', (column) => column.notNull())
      .addColumn('corrected', 'text')
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addUniqueConstraint('review_text', ['lang', 'text'])
      .execute();
    await db.schema.createIndex('review_open').on('review').columns(['state', 'at']).execute();
  },
};

const feedback: Migration = {
  async up(db: AnyDb): Promise<void> {
    await db.schema.alterTable('turn').addColumn('helped', 'integer').execute();
  },
};

const leases: Migration = {
  async up(db: AnyDb): Promise<void> {
    await db.schema
      .createTable('lease')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('until', instant, (column) => column.notNull())
      .execute();
  },
};

/** Customers known by several addresses, and replies that take several messages or are sent together. */
const addresses: Migration = {
  async up(db: AnyDb): Promise<void> {
    await db.schema
      .createTable('customer_address')
      .addColumn('channel', 'text', (column) => column.notNull())
      .addColumn('account', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addColumn('conversation_id', 'text', (column) => column.notNull())
      .addColumn('at', instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('customer_address_key', ['channel', 'account', 'kind', 'value'])
      .execute();
    await db.schema
      .createIndex('customer_address_conversation')
      .on('customer_address')
      .column('conversation_id')
      .execute();
    await db.schema
      .alterTable('outbox')
      .addColumn('part', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('outbox').addColumn('merged_into', 'text').execute();
  },
};

/** What the desk knows of conversations on other channels than its own. */
const mirror: Migration = {
  async up(db: AnyDb): Promise<void> {
    for (const table of ['conversation', 'transcript'])
      await db.schema
        .alterTable(table)
        .addColumn('mirrored', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
  },
};

/**
 * What waits is little and asked for with every message; what is done is much. Indexes of only what waits stay small.
 * Statements use one only where they spell the condition out, not as a parameter.
 */
const waiting: Migration = {
  async up(db: AnyDb): Promise<void> {
    await db.schema.dropIndex('inbox_pending').execute();
    await sql`create index inbox_waiting on inbox (conversation_id, sent_at, seq) where state = 'pending'`.execute(
      db,
    );
    await sql`create index outbox_waiting on outbox (conversation_id, channel, seq) where state = 'pending'`.execute(
      db,
    );
  },
};

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-reviews': reviews,
  '0003-feedback': feedback,
  '0004-leases': leases,
  '0005-addresses': addresses,
  '0006-audit': audit,
  '0007-mirror': mirror,
  '0008-waiting': waiting,
};
