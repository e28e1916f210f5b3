/** The clauses of policy behind the guard's rules: data in `clauses.yml`, each with its source and the day it was read. */
import { z } from 'zod';
import type { Rule } from './guard/scene.ts';

const clause = z
  .strictObject({
    id: z.string().min(1),
    text: z.string().min(1),
    source: z.string().min(1, 'name the page or contract the clause was read in'),
    checked_on: z.iso.date('write the day as 2026-11-20'),
  })
  .transform(({ checked_on, ...rest }) => ({ ...rest, checkedOn: checked_on }));

/** The shape of `clauses.yml`: one clause for each rule. */
export const clausesFile = z.strictObject({
  uncertified_tracking_number: clause,
  external_payment_link: clause,
  off_platform_diversion: clause,
} satisfies Record<Rule, z.ZodType>);

export type Clauses = z.infer<typeof clausesFile>;
export type Clause = Clauses[Rule];
