/** Pieces of adapter settings. Secrets come in from the configuration; nothing here prints them. */
import { z } from 'zod';

/** An adapter's server, production unless configured otherwise; a trailing slash is dropped. */
export function baseUrl(production: string) {
  return z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .default(production)
    .transform((url) => url.replace(/\/+$/, ''));
}

/** A credential: any text but an empty one. */
export const secret = z.string().min(1, 'must not be empty');
