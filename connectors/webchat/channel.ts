/**
 * The web chat: nothing is sent anywhere, the page reads the transcript. It exists as a channel so that the outbox,
 * the limits and the tests treat it like every other.
 */
import { z } from 'zod';
import type { Channel } from '../channel.ts';

const settings = z.object({});

const LIMITS = {
  textChars: 4_000,
  buttons: 10,
  buttonTitleChars: 40,
  listRows: 10,
  listTitleChars: 60,
  idempotent: true,
} as const;

export const webchat: Channel = {
  id: 'webchat',
  settings,
  limits: LIMITS,
  connect: () => ({
    verify: () => ({ kind: 'refused', why: 'the web chat has no webhook' }),
    parse: () => ({ kind: 'malformed', code: 'no_webhook', why: 'The web chat has no webhook.' }),
    send: (outgoing) => Promise.resolve({ kind: 'accepted', id: outgoing.clientMessageId }),
  }),
};

/** The same for the terminal: its replies are read from the transcript by the process that owns it. */
export const terminal: Channel = { ...webchat, id: 'terminal' };
