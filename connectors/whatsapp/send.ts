/** Sends one part of one reply: picks text or template, names the recipient, turns Meta's answer into an outcome. */
import type { Outgoing, Recipient, SendOutcome } from '../channel.ts';
import type { Graph, Posted } from './client.ts';
import { knownError } from './errors.ts';
import type { Body } from './render.ts';
import { render, templateText } from './render.ts';
import type { WhatsappSettings } from './settings.ts';

type OwnNumber = WhatsappSettings['numbers'][number];
type To = { readonly to?: string; readonly recipient?: string };
type Template = {
  readonly type: 'template';
  readonly template: {
    readonly name: string;
    readonly language: { readonly code: string };
    readonly components: readonly object[];
  };
};

/** A send may take two posts (window closed after all, user id refused); both must end before the outbox's claim does. */
const SEND_TIMEOUT_MS = 10_000;
export const TYPING_TIMEOUT_MS = 5_000;
const WINDOW_MS = 24 * 3_600_000;
/** Meta's clock decides, not ours. */
const WINDOW_MARGIN_MS = 60_000;
const BACK_OFF_MS = 2_000;
const PROBE_MS = 2 * SEND_TIMEOUT_MS;
const USER_ID = /^[A-Z]{2}\./;

export function createSend(config: WhatsappSettings, graph: Graph, now: () => number) {
  const stopped = new Map<string, { readonly until: number; readonly code: string; readonly why: string }>();

  return async (outgoing: Outgoing, recipient: Recipient | null): Promise<SendOutcome> => {
    const number = config.numbers.find(({ phoneNumberId }) => phoneNumberId === outgoing.account);
    if (!number) return { kind: 'refused', code: 'no_number', why: 'No shop has this number any more.' };
    const stop = stopped.get(outgoing.account);
    if (stop && stop.until > now())
      return { kind: 'stop', code: stop.code, afterMs: stop.until - now(), why: stop.why };
    // One message finds out whether it goes on; the others wait for it.
    if (stop) stopped.set(outgoing.account, { ...stop, until: now() + PROBE_MS });
    const outcome = await sendPart({ config, graph, now, number, outgoing, recipient });
    if (outcome.kind === 'stop')
      stopped.set(outgoing.account, {
        until: now() + outcome.afterMs,
        code: outcome.code,
        why: outcome.why,
      });
    else stopped.delete(outgoing.account);
    return outcome;
  };
}

type Sending = {
  readonly config: WhatsappSettings;
  readonly graph: Graph;
  readonly now: () => number;
  readonly number: OwnNumber;
  readonly outgoing: Outgoing;
  readonly recipient: Recipient | null;
};

async function sendPart(sending: Sending): Promise<SendOutcome> {
  const { config, outgoing } = sending;
  const part = outgoing.part ?? 0;
  if (!windowOpen(sending)) return sendTemplate(sending);
  const bodies = render(outgoing.reply, config.listLabels[outgoing.lang] ?? config.listLabels['en'] ?? '…');
  const body = bodies[part];
  if (!body) return { kind: 'refused', code: 'empty', why: 'There is nothing to send.' };
  const posted = await post(sending, addressed(sending, true), body);
  if (policyOf(posted)?.kind === 'outside_window') return sendTemplate(sending);
  return outcomeOf(posted, outgoing, part < bodies.length - 1);
}

function windowOpen({ outgoing, recipient, now }: Sending): boolean {
  const heard = recipient?.lastHeardAt ?? null;
  const { windowClosedAt } = outgoing;
  if (windowClosedAt !== undefined && (heard === null || heard <= windowClosedAt)) return false;
  return heard === null || now() - heard < WINDOW_MS - WINDOW_MARGIN_MS;
}

/** Outside the window the message goes into the one variable of a template, where the operator has one approved. */
async function sendTemplate(sending: Sending): Promise<SendOutcome> {
  const { number, outgoing } = sending;
  const found = number.templates[outgoing.reply.purpose]?.[outgoing.lang];
  if (!found) return { kind: 'refused', code: '131047', why: knownError(131_047)?.why ?? '' };
  const text = templateText(outgoing.reply);
  const body: Template = {
    type: 'template',
    template: {
      name: found.name,
      language: { code: found.language },
      components: [{ type: 'body', parameters: [{ type: 'text', text }] }],
    },
  };
  const posted = await post(sending, addressed(sending, false), body);
  const phone = phoneOf(sending.recipient);
  if (policyOf(posted)?.kind === 'use_phone' && phone)
    return outcomeOf(await post(sending, { to: phone }, body), outgoing, false);
  return outcomeOf(posted, outgoing, false);
}

/**
 * The user id lasts; a phone may be somebody else's after a while, so that it is named only to a customer who just
 * wrote. Meta takes `to` when both are given.
 */
function addressed({ outgoing, recipient }: Sending, justHeard: boolean): To {
  const id = recipient?.addresses.find(({ kind }) => kind === 'id')?.value;
  const phone = phoneOf(recipient);
  if (id) return { recipient: id, ...(justHeard && phone ? { to: phone } : {}) };
  if (phone) return { to: phone };
  return USER_ID.test(outgoing.customer) ? { recipient: outgoing.customer } : { to: outgoing.customer };
}

function phoneOf(recipient: Recipient | null): string | undefined {
  return recipient?.addresses.find(({ kind }) => kind === 'phone')?.value;
}

/** Comes back in every status: that is how a message whose answer we never got is found again. */
export function callbackData({ clientMessageId, part = 0 }: Outgoing): string {
  return part === 0 ? clientMessageId : `${clientMessageId}/${part}`;
}

function post({ graph, number, outgoing }: Sending, to: To, body: Body | Template): Promise<Posted> {
  const message = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...to,
    ...body,
    biz_opaque_callback_data: callbackData(outgoing),
  };
  return graph.post(number.phoneNumberId, number.token, message, SEND_TIMEOUT_MS);
}

function policyOf(posted: Posted) {
  return posted.kind === 'error' ? knownError(posted.code)?.policy : undefined;
}

function outcomeOf(posted: Posted, outgoing: Outgoing, more: boolean): SendOutcome {
  switch (posted.kind) {
    case 'taken':
      return {
        kind: 'accepted',
        id: posted.id ?? outgoing.clientMessageId,
        ...(more ? { more: true } : {}),
      };
    case 'broken':
      return { kind: 'unknown', why: posted.why };
    case 'not_sent':
      return { kind: 'retry', afterMs: BACK_OFF_MS, why: posted.why };
    case 'busy':
      return { kind: 'retry', afterMs: posted.afterMs ?? BACK_OFF_MS, why: `HTTP ${posted.status}` };
    case 'rejected':
      return { kind: 'refused', code: `http_${posted.status}`, why: `HTTP ${posted.status}` };
    case 'error':
      return errorOutcome(posted, outgoing);
  }
}

function errorOutcome(
  { code, details, status }: Extract<Posted, { kind: 'error' }>,
  outgoing: Outgoing,
): SendOutcome {
  const known = knownError(code);
  const why = `${known?.why ?? 'An error that is in no table.'} (${code}: ${details})`;
  if (!known) {
    if (status === 401) return errorOutcome({ kind: 'error', code: 190, details, status }, outgoing);
    if (status === 429 || status >= 500) return { kind: 'retry', afterMs: BACK_OFF_MS, why };
    return { kind: 'refused', code: String(code), why };
  }
  const { policy } = known;
  switch (policy.kind) {
    case 'retry':
      return {
        kind: 'retry',
        // What was refused together must not come again together; the pair limit has its own fixed steps.
        afterMs: policy.growth === 2 ? policy.afterMs + spread(outgoing.clientMessageId) : policy.afterMs,
        growth: policy.growth,
        why,
      };
    case 'stop':
      return { kind: 'stop', code: String(code), afterMs: policy.forMs, why };
    case 'refuse':
    case 'outside_window':
    case 'use_phone':
      return { kind: 'refused', code: String(code), why };
  }
}

const SPREAD_MS = 1_000;

/** Up to a second, different for every message and the same for one. */
function spread(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % SPREAD_MS;
  return sum;
}
