import type { FlowContext } from '../engine/bot.ts';
import type { LogisticsPorts } from './ports.ts';

export type ReadReference =
  | { readonly kind: 'order'; readonly number: string }
  | { readonly kind: 'tracking'; readonly number: string }
  /** Digits, but not as many as any order number has. */
  | { readonly kind: 'malformed'; readonly typed: string; readonly digits: number }
  | { readonly kind: 'none' };

/** A Jumia cross-border package number contains the order number: `JG-NJS-319365323-5711`. */
const JUMIA_PACKAGE = /^JG-?[A-Z]{2,4}-?(\d{9})-?\d{2,6}$/i;

/** Long enough to be meant as a reference, not a quantity, a date or a price. */
const MEANT_AS_NUMBER = /(?<![\d.,])\d[\d\s.-]{2,18}\d(?![\d.,]*\d)/;

/** Every order this very message names, in the order they are written. */
export function namedOrders({ understanding }: FlowContext<LogisticsPorts>): readonly string[] {
  const numbers = understanding.entities.filter(({ type }) => type === 'order_number');
  return [...new Set(numbers.map(({ value }) => value))];
}

/** What order or parcel this very message names. A half-typed number counts only when a number was asked for. */
export function readReference(context: FlowContext<LogisticsPorts>): ReadReference {
  const { entities } = context.understanding;
  const order = entities.find((entity) => entity.type === 'order_number');
  if (order) return { kind: 'order', number: order.value };
  const tracking = entities.find((entity) => entity.type === 'tracking_number');
  if (tracking) {
    const inside = JUMIA_PACKAGE.exec(tracking.value)?.[1];
    return inside ? { kind: 'order', number: inside } : { kind: 'tracking', number: tracking.value };
  }
  const asked = context.memory.open?.kind === 'slot' && context.memory.open.slot === 'reference';
  const typed = asked ? MEANT_AS_NUMBER.exec(context.text)?.[0].trim() : undefined;
  if (!typed) return { kind: 'none' };
  return { kind: 'malformed', typed, digits: typed.replace(/\D/g, '').length };
}
