/**
 * Emulates WhatsApp's Cloud API: the Graph endpoint with its limits and errors, the customers' phones, and signed
 * webhooks with messages and statuses, which can be held back, repeated and mixed up. Limits and codes are those of
 * Meta's pages (read 2026-07).
 */
import { randomBytes } from 'node:crypto';
import express from 'express';
import type { Request, Response, Router } from 'express';
import type { Change, Person } from './whatsapp-events.ts';
import { messageChange, signedHeaders, statusChange, wamid, webhookBody } from './whatsapp-events.ts';
import type { Failure, Posted } from './whatsapp-rules.ts';
import { check, shown } from './whatsapp-rules.ts';

/** What stands on a customer's screen. */
export type PhoneMessage = {
  readonly id: string;
  readonly number: string;
  readonly text: string;
  readonly choices: readonly { readonly id: string; readonly title: string; readonly description?: string }[];
  readonly template: string | null;
  /** As the product sent it. */
  readonly posted: Posted;
};

/** What goes wrong with the next posts. `taken`: the message goes through, the answer is lost. `lost`: nothing does. */
export type Trouble =
  | { readonly code: number; readonly status?: number }
  | { readonly http: number; readonly body?: string }
  | 'taken'
  | 'lost';

export type Webhook = { readonly url: string; readonly appSecret: string; readonly verifyToken: string };
export type SayOptions = { readonly number?: string; readonly id?: string; readonly at?: number };

export type WhatsappSandbox = {
  /** The Graph API. */
  readonly router: Router;
  /** The customers' phones, to try the product by hand. */
  readonly phones: Router;
  readonly messages: (address: string) => readonly PhoneMessage[];
  /** Ids of messages shown as read, with a typing sign. */
  readonly attended: () => readonly string[];
  /** How many posts came, refused ones included. */
  readonly posts: () => number;
  /** Asks for the verify token as Meta does, then sends webhooks there. */
  readonly subscribe: (webhook: Webhook) => Promise<void>;
  /** A customer sends something; resolves with the status the product answered with. */
  readonly say: (from: Person, content: string | object, options?: SayOptions) => Promise<number>;
  /** The same without sending it, for webhooks that hold more than one thing. */
  readonly change: (from: Person, content: string | object, options?: SayOptions) => Change;
  readonly statusChange: (messageId: string, status: string, error?: number) => Change;
  /** One webhook with all of these. */
  readonly deliver: (changes: readonly Change[]) => Promise<number>;
  readonly sign: (body: string, secret?: string) => Record<string, string>;
  /** The customer opens the chat: everything shown there is read. */
  readonly read: (address: string) => Promise<void>;
  /** What happens to the next posts, one each. */
  readonly trouble: (...next: readonly Trouble[]) => void;
  /** Holds statuses back; `release` sends them in one webhook, mixed up and twice when asked. */
  readonly hold: () => void;
  readonly release: (how?: { readonly reversed?: boolean; readonly twice?: boolean }) => Promise<void>;
  readonly rules: Rules;
};

export type Rules = {
  /** Messages to one customer within the time; null takes any number. */
  pairLimit: { readonly messages: number; readonly withinMs: number } | null;
  /** Tells 131047 and 131026 in a status, as the real service mostly does, instead of in the answer. */
  late: boolean;
  /** Names with language of approved templates: `order_news/en`. */
  templates: ReadonlySet<string>;
  /** Addresses nobody has on WhatsApp. */
  unreachable: ReadonlySet<string>;
};

export const WHATSAPP_TOKEN = 'sandbox';
export const WHATSAPP_NUMBER = '100000000000001';
const WINDOW_MS = 24 * 3_600_000;
const RETRIES_MS = [100, 500, 2_000];

export function createWhatsappSandbox(now: () => number): WhatsappSandbox {
  const screens = new Map<string, PhoneMessage[]>();
  const heard = new Map<string, number>();
  const known = new Map<string, Person>();
  const sent = new Map<string, { readonly to: Person; readonly message: PhoneMessage }>();
  const pairs = new Map<string, number[]>();
  const attended: string[] = [];
  const troubles: Trouble[] = [];
  let held: Change[] | null = null;
  let webhook: Webhook | null = null;
  let posts = 0;
  const rules: Rules = { pairLimit: null, late: false, templates: new Set(), unreachable: new Set() };

  const deliver = async (changes: readonly Change[]): Promise<number> => {
    if (!webhook) return 0;
    const body = webhookBody(changes);
    const response = await fetch(webhook.url, { method: 'POST', body, headers: sign(body) });
    return response.status;
  };

  /** As Meta does: anything but 200 is told again. */
  const tell = async (changes: readonly Change[]): Promise<void> => {
    if (held) return void held.push(...changes);
    for (const wait of [0, ...RETRIES_MS]) {
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait).unref());
      const status = await deliver(changes).catch(() => 500);
      if (status === 200 || status === 0) return;
    }
  };

  const sign = (body: string, secret = webhook?.appSecret ?? ''): Record<string, string> =>
    signedHeaders(body, secret);

  const remember = (person: Person): void => {
    for (const address of [person.phone, person.userId]) {
      if (!address) continue;
      const other = known.get(address);
      known.set(address, { ...other, ...person });
    }
  };

  const change: WhatsappSandbox['change'] = (from, content, options = {}) => {
    const number = options.number ?? WHATSAPP_NUMBER;
    const at = options.at ?? now();
    remember(from);
    for (const address of [from.phone, from.userId]) if (address) heard.set(`${number} ${address}`, at);
    return messageChange(number, from, content, { id: options.id ?? wamid(), at });
  };

  const status: WhatsappSandbox['statusChange'] = (id, name, error) => {
    const about = sent.get(id);
    const number = about?.message.number ?? WHATSAPP_NUMBER;
    const data = about?.message.posted['biz_opaque_callback_data'];
    return statusChange(number, { id, status: name, at: now(), to: about?.to ?? {}, data, error });
  };

  /** Null when it may be sent now. */
  const refusal = (number: string, to: Person, address: string, posted: Posted): Failure | null => {
    if (rules.pairLimit) {
      const { messages, withinMs } = rules.pairLimit;
      const times = (pairs.get(`${number} ${address}`) ?? []).filter((at) => now() - at < withinMs);
      if (times.length >= messages) return { status: 400, code: 131_056, details: 'Pair rate limit hit.' };
      pairs.set(`${number} ${address}`, [...times, now()]);
    }
    const gone = rules.unreachable.has(address);
    if (gone) return { status: 400, code: 131_026, details: 'Message undeliverable.', late: true };
    const last = Math.max(
      ...[to.phone, to.userId].map((one) => heard.get(`${number} ${one ?? ''}`) ?? -Infinity),
    );
    if (posted['type'] !== 'template' && now() - last > WINDOW_MS)
      return { status: 400, code: 131_047, details: 'More than 24 hours have passed.', late: true };
    return null;
  };

  const router = express.Router();
  router.use(express.json({ limit: '1mb' }));
  router.post('/:version/:number/messages', (request: Request, response: Response) => {
    posts += 1;
    const number = String(request.params['number']);
    const posted = request.body as Posted;
    const trouble = posted['status'] === undefined ? troubles.shift() : undefined;
    if (trouble === 'lost') return void request.socket.destroy();
    if (typeof trouble === 'object' && 'http' in trouble)
      return void response.status(trouble.http).send(trouble.body ?? '');
    if (typeof trouble === 'object')
      return fail(response, { status: trouble.status ?? 400, code: trouble.code, details: 'As ordered.' });
    if (request.headers.authorization !== `Bearer ${WHATSAPP_TOKEN}`)
      return fail(response, { status: 401, code: 190, details: 'Invalid OAuth access token.' });
    const wrong = check(posted, rules.templates);
    if (wrong) return fail(response, wrong);
    if (posted['status'] === 'read') {
      attended.push(String(posted['message_id']));
      return void response.json({ success: true });
    }
    // When both are given, the phone wins.
    const address = String(posted['to'] ?? posted['recipient']);
    const to = known.get(address) ?? (posted['to'] ? { phone: address } : { userId: address });
    const refused = refusal(number, to, address, posted);
    if (refused && !(refused.late && rules.late)) return fail(response, refused);
    const message: PhoneMessage = { id: wamid(), number, ...shown(posted), posted };
    sent.set(message.id, { to, message });
    if (!refused) {
      for (const one of new Set([to.phone, to.userId, address]))
        if (one) screens.set(one, [...(screens.get(one) ?? []), message]);
    }
    const statuses = refused
      ? [status(message.id, 'failed', refused.code)]
      : [status(message.id, 'sent'), status(message.id, 'delivered')];
    if (trouble === 'taken') request.socket.destroy();
    else
      response.json({
        messaging_product: 'whatsapp',
        contacts: [{ input: address, ...(to.phone ? { wa_id: to.phone } : {}) }],
        messages: [{ id: message.id, message_status: 'accepted' }],
      });
    void tell(statuses);
  });
  router.use((_request, response) =>
    fail(response, { status: 400, code: 100, details: 'Unsupported request.' }),
  );

  const phones = express.Router();
  phones.use(express.json());
  phones.get('/:phone', (request, response) => {
    const list = screens.get(request.params.phone) ?? [];
    response.json(list.map(({ text, choices, template }) => ({ text, choices, template })));
  });
  phones.post('/:phone', (request, response, next) => {
    const { text, choice } = request.body as { text?: string; choice?: { id: string; title?: string } };
    const reply = { id: choice?.id, title: choice?.title ?? choice?.id };
    const content = choice
      ? { type: 'interactive', interactive: { type: 'button_reply', button_reply: reply } }
      : String(text ?? '');
    say({ phone: request.params.phone }, content)
      .then((status) => response.status(status === 200 ? 200 : 502).json({ webhook: status }))
      .catch(next);
  });

  const say: WhatsappSandbox['say'] = (from, content, options) => deliver([change(from, content, options)]);

  return {
    router,
    phones,
    rules,
    messages: (address) => screens.get(address) ?? [],
    attended: () => attended,
    posts: () => posts,
    say,
    change,
    statusChange: status,
    deliver,
    sign,
    subscribe: async (given) => {
      const challenge = randomBytes(8).toString('hex');
      const query = new URLSearchParams({
        'hub.mode': 'subscribe',
        'hub.verify_token': given.verifyToken,
        'hub.challenge': challenge,
      });
      const response = await fetch(`${given.url}?${query.toString()}`);
      if (response.status !== 200 || (await response.text()) !== challenge)
        throw new Error(`The webhook ${given.url} did not answer the verification.`);
      webhook = given;
    },
    read: async (address) => {
      await tell((screens.get(address) ?? []).map(({ id }) => status(id, 'read')));
    },
    trouble: (...next) => void troubles.push(...next),
    hold: () => void (held ??= []),
    release: async ({ reversed = false, twice = false } = {}) => {
      const changes = held ?? [];
      held = null;
      const ordered = reversed ? changes.toReversed() : changes;
      if (changes.length > 0) await tell(twice ? [...ordered, ...ordered] : ordered);
    },
  };
}

function fail(response: Response, { status, code, details }: Failure): void {
  response.status(status).json({
    error: {
      message: `(#${code}) ${details}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details },
      fbtrace_id: 'sandbox',
    },
  });
}
