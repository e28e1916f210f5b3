/** Policy values as facts and sentences. */
import type { Fact } from '../../domain/reply.ts';
import type { FlowContext } from '../engine/bot.ts';
import type { Policy, PolicyName } from './policies.ts';
import type { LogisticsPorts } from './ports.ts';

type Context = FlowContext<LogisticsPorts>;

export function policyFact<N extends PolicyName>(
  { shop }: Pick<Context, 'shop'>,
  name: N,
  { value, checkedAt }: Policy<N>,
): Fact {
  const said = Array.isArray(value) ? value.join('-') : String(value);
  return { name, value: said, source: `policy:${shop.country}`, readAt: checkedAt };
}

/** Sentences on how long a refund takes, one for each way of payment the policies know of. */
export function refundDelays(
  context: Context,
  prepaid: boolean | null,
): { readonly lines: string[]; readonly facts: Fact[]; readonly longestDays: number | null } {
  const { policy } = context.ports;
  const lines: string[] = [];
  const facts: Fact[] = [];
  let longestDays: number | null = null;
  const tell = <N extends PolicyName>(
    name: N,
    days: (value: Policy<N>['value']) => number,
    words: (value: Policy<N>['value']) => Record<string, number>,
  ): void => {
    const known = policy(name);
    if (!known) return;
    lines.push(context.say(`refund.${name}`, words(known.value)));
    facts.push(policyFact(context, name, known));
    longestDays = Math.max(longestDays ?? 0, days(known.value));
  };
  const hours = (value: number): number => Math.ceil(value / 24);
  if (prepaid !== false)
    tell(
      'refund_card_working_days',
      ([, most]) => workingDays(most),
      ([from, to]) => ({ from, to }),
    );
  if (prepaid !== true) tell('refund_cash_voucher_hours', hours, (value) => ({ count: value }));
  tell(
    'refund_bank_days',
    (value) => value,
    (value) => ({ count: value }),
  );
  tell('refund_voucher_hours', hours, (value) => ({ count: value }));
  return { lines, facts, longestDays };
}

/** Calendar days that hold so many working days, whatever day they begin on. */
function workingDays(days: number): number {
  return days + 2 * Math.ceil(days / 5);
}
