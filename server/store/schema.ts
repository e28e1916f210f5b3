/** Tables of the store. Instants are milliseconds; JSON is kept as text, so that both engines hold the same bytes. */
import type { Generated, Kysely, Transaction } from 'kysely';

export type InboxTable = {
  seq: Generated<number>;
  conversation_id: string;
  channel: string;
  account: string;
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
  state: string;
  claimed_by: string | null;
  claimed_until: Generated<number>;
  created_at: number;
  updated_at: number;
};

export type OutboxTable = {
  seq: Generated<number>;
  id: string;
  conversation_id: string;
  kind: 'message' | 'control';
  channel: string;
  body: string;
  state: 'pending' | 'accepted' | 'dead';
  attempts: Generated<number>;
  next_at: number;
  claimed_until: Generated<number>;
  channel_message_id: string | null;
  delivery: string | null;
  error: string | null;
  created_at: number;
  accepted_at: number | null;
};

export type TranscriptTable = {
  seq: Generated<number>;
  conversation_id: string;
  role: string;
  author: string;
  body: string;
  ref: string;
  at: number;
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
};

export type Db = Kysely<Tables>;
export type Tx = Transaction<Tables>;
