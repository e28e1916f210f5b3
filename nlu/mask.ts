import { maskSpans, normalize } from './normalize.ts';
import type { Entity, EntityType } from './understanding.ts';

/** What stands for a number in the classifier's eyes. Dates and towns stay: they carry meaning. */
const MASKS: Readonly<Partial<Record<EntityType, string>>> = {
  order_number: 'xxorderxx',
  tracking_number: 'xxtrackxx',
  phone: 'xxphonexx',
  email: 'xxmailxx',
  amount: 'xxamountxx',
};

/** What stands for a customer's own number where a message is kept to learn from: of the same kind, nobody's. */
const NOBODYS: Readonly<Partial<Record<EntityType, string>>> = {
  order_number: '300000000',
  tracking_number: '1234567890',
  phone: '0800000000',
  email: 'name@example.com',
};

/** The text without the customer's numbers and addresses. */
export function anonymize(text: string, entities: readonly Entity[]): string {
  const spans = entities.flatMap(({ type, start, end }) => {
    const mask = NOBODYS[type];
    return mask ? [{ start, end, mask }] : [];
  });
  return maskSpans(text, spans).replace(/\s+/g, ' ').trim();
}

/** The text as the classifier reads it: numbers masked, then normalised. */
export function maskEntities(text: string, entities: readonly Entity[]): string {
  const spans = entities.flatMap(({ type, start, end }) => {
    const mask = MASKS[type];
    return mask ? [{ start, end, mask }] : [];
  });
  return normalize(maskSpans(text, spans));
}
