/**
 * What holds in a country or a shop and changes without us: return windows, refund delays, hotlines. Values are data
 * (`policies/<country>.yml`, or the operator's own file), each with its source and the day somebody last read it. A
 * value that is missing or was not checked for long is not told: the bot then points to the order page or to a person.
 */
import { z } from 'zod';
import type { Instant } from '../../domain/time.ts';

const count = z.number().int().positive();
const range = z
  .tuple([z.number().int().nonnegative(), count])
  .refine(([least, most]) => least <= most, 'write the smaller number first, for example [4, 8]');

/** Name and shape of every value. The units are in the names. */
const VALUES = {
  return_window_days: count,
  /** For items sold by the marketplace's own brand stores. */
  return_window_mall_days: count,
  /** Broken, wrong or missing items must be reported within so many hours of receipt. */
  report_damage_hours: count,
  /** Where a return is asked for. */
  return_route: z.enum(['account', 'form_or_call', 'online_or_call']),
  /** How the item travels back. */
  return_handover: z.enum(['station_or_collection']),
  refund_card_working_days: range,
  refund_bank_days: count,
  refund_voucher_hours: count,
  /** Orders paid in cash are refunded by voucher, within so many hours. */
  refund_cash_voucher_hours: count,
  pickup_keep_days: count,
  door_attempts: count,
  door_attempt_days: count,
  delivery_promise_days: range,
  /** The marketplace's own phone line. */
  hotline: z.string().regex(/^\+?[\d ]{3,20}$/, 'is not a phone number'),
} as const;

export type PolicyName = keyof typeof VALUES;
export const POLICY_NAMES = Object.keys(VALUES) as readonly PolicyName[];
export type PolicyValue<N extends PolicyName> = z.infer<(typeof VALUES)[N]>;

const entry = <T extends z.ZodType>(value: T) =>
  z.strictObject({
    value,
    /** The page the value was read on. */
    source: z.string().min(1, 'name the page the value was read on'),
    checked_on: z.iso.date('write the day as 2026-11-20'),
    note: z.string().optional(),
  });

const entries = Object.fromEntries(
  Object.entries(VALUES).map(([name, value]) => [name, entry(value).optional()]),
);

/** A policy file: name → value, source, day of checking. Unknown names are refused, so that a typing error is seen. */
export const policyFile = z.strictObject(entries);

export type Policies = Readonly<
  Partial<
    Record<PolicyName, { readonly value: unknown; readonly source: string; readonly checked_on: string }>
  >
>;

/** A value that may be told, with the moment it was last checked. */
export type Policy<N extends PolicyName> = { readonly value: PolicyValue<N>; readonly checkedAt: Instant };

/** Null when nobody wrote the value down, or when it was last checked too long ago. */
export type ReadPolicy = <N extends PolicyName>(name: N) => Policy<N> | null;

const DAY_MS = 86_400_000;

/** @param layers weakest first: the country's file, then the shop's own */
export function createPolicies(
  layers: readonly Policies[],
  { now, staleAfterDays }: { readonly now: Instant; readonly staleAfterDays: number },
): ReadPolicy {
  const all: Policies = Object.assign({}, ...layers) as Policies;
  return (name) => {
    const found = all[name];
    if (!found) return null;
    const checkedAt = Date.parse(found.checked_on);
    if (now - checkedAt > staleAfterDays * DAY_MS) return null;
    return { value: VALUES[name].parse(found.value) as PolicyValue<typeof name>, checkedAt };
  };
}
