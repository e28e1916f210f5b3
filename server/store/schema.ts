/** Tables of the store. Instants are milliseconds; JSON is kept as text, so that both engines hold the same bytes. */
import type { Generated, Kysely, Transaction } from 'kysely';
import type { AuditKind } from '../../compliance/audit-chain.ts';

export type InboxTable = {
  seq: Generated<number>;
  conversation_id: string;
  channel: string;
  account: string;
  /** Protects against replays: WhatsApp repeats a webhook for up to seven days, so a row is kept for at least eight. */
  message_id: string;
  body: string;
  sent_at: number;
  received_at: number;
  state: 'pending' | 'done';
  attempts: Generated<number>;
  done_at: number | null;
};

export type ConversationTable = {
  ticket: Generated<number>;
  id: string;
  ticket_type: string;
  shop: string;
  channel: string;
  account: string;
  external_id: string;
  customer_id: string;
  customer_name: string | null;
  bound_order: string | null;
  locale: string | null;
  bot: string;
  lang: string | null;
  control: string;
  version: number;
  sla_counted: number;
  /** 1 once the desk of another channel sees the conversation. */
  mirrored: Generated<number>;
  state: string;
  claimed_by: string | null;
  claimed_until: Generated<number>;
  created_at: number;
  updated_at: number;
  /** Set when the customer's data was erased; the ticket stays, without them. */
  erased_at: number | null;
};

export type OutboxTable = {
  seq: Generated<number>;
  id: string;
  conversation_id: string;
  kind: 'message' | 'control' | 'mirror';
  channel: string;
  body: string;
  /**
   * `unknown`: it may have been sent, a status will tell. `merged`: sent within another. `dead`: given up, an operator
   * decides. `dropped`: an operator did.
   */
  state: 'pending' | 'accepted' | 'unknown' | 'merged' | 'dead' | 'dropped';
  attempts: Generated<number>;
  next_at: number;
  claimed_until: Generated<number>;
  channel_message_id: string | null;
  delivery: string | null;
  error: string | null;
  created_at: number;
  accepted_at: number | null;
  /** The part of the reply that is sent next. */
  part: Generated<number>;
  merged_into: Generated<string | null>;
};

export type AddressTable = {
  channel: string;
  account: string;
  kind: string;
  value: string;
  conversation_id: string;
  at: number;
};

export type TranscriptTable = {
  seq: Generated<number>;
  conversation_id: string;
  role: string;
  author: string;
  body: string;
  ref: string;
  at: number;
  /** 1 when the desk of another channel knows of it, or was told in the same transaction. */
  mirrored: Generated<number>;
};

export type TurnTable = {
  id: string;
  conversation_id: string;
  at: number;
  ms: number;
  lang: string;
  intent: string;
  confidence: number;
  decision: string;
  trace: string;
  /** 1 or 0 when the customer said whether the answer helped. */
  helped: number | null;
};

export type ControlChangeTable = {
  conversation_id: string;
  version: number;
  from_control: string;
  to_control: string;
  reason: string;
  queue: string | null;
  summary: string;
  author: string;
  at: number;
};

export type FollowUpTable = {
  id: string;
  conversation_id: string;
  data: string;
  version: number;
  attempts: Generated<number>;
  due_at: number;
  state: 'pending' | 'done';
};

export type OrderTable = {
  shop: string;
  number: string;
  order_id: string;
  body: string;
  updated_at: number;
  read_at: number;
};

export type OrderTrackingTable = { shop: string; tracking: string; number: string };

export type VendorTokenTable = {
  client_id: string;
  refresh_token: string;
  access_token: string;
  expires_at: number;
  locked_by: string | null;
  locked_until: Generated<number>;
  rejected: string | null;
  seed: string;
};

export type CursorTable = { name: string; value: string; at: number };

/** Messages to learn from, without the customer's numbers and without who wrote them. */
export type ReviewTable = {
  id: string;
  lang: string;
  text: string;
  intent: string;
  confidence: number;
  corrected: string | null;
  state: 'open' | 'accepted' | 'discarded';
  at: number;
  /** Only so that it can be erased with the customer it came from. */
  conversation_id: string | null;
};

/** One chain a shop; written in `store/audit.ts` only, never changed. See compliance/audit-chain.ts. */
export type AuditRecordTable = {
  shop: string;
  seq: number;
  at: number;
  kind: AuditKind;
  conversation: string | null;
  customer: string | null;
  author: string;
  ref: string;
  data: string;
  sealed: string | null;
  prev: string;
  hash: string;
};

/** Where each chain ends; `mac` proves that we wrote it. */
export type AuditHeadTable = { shop: string; seq: number; hash: string; mac: string };

export type AuditCheckpointTable = {
  shop: string;
  seq: number;
  hash: string;
  at: number;
  key: string;
  signature: string;
};

/** Names (never values) of the keys this store is used with. */
export type AuditKeyTable = { purpose: 'signing' | 'master'; name: string };

/** Once erased, `customer_id` and `wrapped` are gone and the id means nothing to anybody. */
export type CustomerKeyTable = {
  id: string;
  shop: string;
  channel: string;
  customer_id: string | null;
  wrapped: string | null;
  created_at: number;
  erased_at: number | null;
};

export type LeaseTable = { name: string; holder: string; until: number };

export type EventTable = { channel: string; account: string; event_id: string; at: number };

export type Tables = {
  inbox: InboxTable;
  conversation: ConversationTable;
  outbox: OutboxTable;
  transcript: TranscriptTable;
  turn: TurnTable;
  control_change: ControlChangeTable;
  follow_up: FollowUpTable;
  order_index: OrderTable;
  order_tracking: OrderTrackingTable;
  vendor_token: VendorTokenTable;
  cursor: CursorTable;
  seen_event: EventTable;
  review: ReviewTable;
  lease: LeaseTable;
  customer_address: AddressTable;
  audit_record: AuditRecordTable;
  audit_head: AuditHeadTable;
  audit_checkpoint: AuditCheckpointTable;
  audit_key: AuditKeyTable;
  customer_key: CustomerKeyTable;
};

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;
