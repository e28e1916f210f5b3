/**
 * What WhatsApp's error codes mean and what we do about them (developers.facebook.com, WhatsApp error codes, read
 * 2026-05; meanings checked against pywa). Logic looks at the code only: titles and texts change, and the same code may
 * come in the answer to a post or later in a status.
 */

/**
 * - `retry`: not taken, may be sent again; the pause grows by `growth`.
 * - `refuse`: this message will never be taken.
 * - `outside_window`: only a template may be sent now.
 * - `use_phone`: this message may not be sent to a user id.
 * - `stop`: nothing goes out from this number until an operator acts.
 */
export type Policy =
  | { readonly kind: 'retry'; readonly afterMs: number; readonly growth: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'outside_window' }
  | { readonly kind: 'use_phone' }
  | { readonly kind: 'stop'; readonly forMs: number };

export type KnownError = { readonly policy: Policy; readonly why: string };

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

const again = (afterMs: number, growth = 2): Policy => ({ kind: 'retry', afterMs, growth });
const REFUSE: Policy = { kind: 'refuse' };
const STOP: Policy = { kind: 'stop', forMs: 5 * MINUTE_MS };
const PAUSE: Policy = { kind: 'stop', forMs: 30 * MINUTE_MS };

const TOKEN = 'The access token is invalid or has expired: renew shops[].whatsapp.token.';
const PERMISSION =
  'The app may not do this: check the permissions of the token and that the number belongs to the app.';
const PARAMETER = 'A parameter was not accepted; this is a defect of ours, please report it.';
const UNAVAILABLE = 'WhatsApp could not take the message just now.';
const TEMPLATE = 'The template was not accepted: compare shops[].whatsapp.templates with WhatsApp Manager.';
const ACCOUNT = 'Meta has locked or restricted the account: see WhatsApp Manager, Account quality.';

const ERRORS: Readonly<Record<number, KnownError>> = {
  0: { policy: STOP, why: TOKEN },
  190: { policy: STOP, why: TOKEN },
  3: { policy: STOP, why: PERMISSION },
  10: { policy: STOP, why: PERMISSION },
  131005: { policy: STOP, why: PERMISSION },
  4: { policy: again(10 * SECOND_MS), why: 'Too many calls of this app; they go on later.' },
  80007: { policy: again(10 * SECOND_MS), why: 'Too many calls of this account; they go on later.' },
  130429: { policy: again(SECOND_MS), why: 'Too many messages a second from this number.' },
  131056: { policy: again(SECOND_MS, 4), why: 'Too many messages to this customer in a short time.' },
  131048: {
    policy: PAUSE,
    why: 'Customers reported messages of this number as spam: sending is paused. See WhatsApp Manager, Quality.',
  },
  131064: { policy: PAUSE, why: 'The limit for templates is reached: sending is paused.' },
  131000: { policy: again(2 * SECOND_MS), why: UNAVAILABLE },
  131016: { policy: again(2 * SECOND_MS), why: UNAVAILABLE },
  131057: { policy: again(30 * SECOND_MS), why: 'The account is in maintenance.' },
  135000: { policy: again(2 * SECOND_MS), why: UNAVAILABLE },
  133016: { policy: again(5 * MINUTE_MS), why: 'The number was registered too often; wait.' },
  131047: {
    policy: { kind: 'outside_window' },
    why: 'The customer last wrote more than 24 hours ago, so only a template may be sent. Configure one under shops[].whatsapp.templates, or wait until the customer writes.',
  },
  131026: {
    policy: REFUSE,
    why: 'It cannot be delivered: the customer is not on WhatsApp, has an old version, or has not taken the terms.',
  },
  131021: { policy: REFUSE, why: 'Sender and recipient are the same number.' },
  131030: { policy: REFUSE, why: 'A test number may write only to the numbers on its list.' },
  131008: { policy: REFUSE, why: PARAMETER },
  131009: { policy: REFUSE, why: PARAMETER },
  100: { policy: REFUSE, why: PARAMETER },
  131051: { policy: REFUSE, why: 'This type of message is not supported.' },
  131052: { policy: again(5 * SECOND_MS), why: 'A file of the customer could not be fetched.' },
  131053: { policy: again(5 * SECOND_MS), why: 'A file could not be uploaded.' },
  131049: { policy: REFUSE, why: 'Meta holds back marketing messages to this customer.' },
  131050: { policy: REFUSE, why: 'The customer does not want marketing messages.' },
  131031: { policy: STOP, why: ACCOUNT },
  368: { policy: STOP, why: ACCOUNT },
  130497: { policy: STOP, why: 'The account may not write to customers of this country.' },
  131042: {
    policy: STOP,
    why: 'The way of payment of the account does not work: see Meta Business settings.',
  },
  131062: { policy: { kind: 'use_phone' }, why: 'This message may not be sent to a user id.' },
};

const PERMISSIONS = { from: 200, to: 299 };
const TEMPLATES = { from: 132_000, to: 132_016 };
const within = (code: number, range: { from: number; to: number }): boolean =>
  code >= range.from && code <= range.to;

/** The policy for a code; null when the code is in no table. */
export function knownError(code: number): KnownError | null {
  const known = ERRORS[code];
  if (known) return known;
  if (within(code, PERMISSIONS)) return { policy: STOP, why: PERMISSION };
  if (within(code, TEMPLATES)) return { policy: REFUSE, why: TEMPLATE };
  return null;
}

/** Every code in the table, for the tests. */
export const KNOWN_CODES: readonly number[] = Object.keys(ERRORS).map(Number);
