/**
 * Reads and plays `carriers/fixtures/<id>.yml`: what a carrier was seen or documented to answer, case by case,
 * with the request that must have been made and the whole outcome to expect.
 *
 * ```yaml
 * carrier: aramex
 * settings: { username: sandbox, … }        # for the adapter; baseUrl is added by the player
 * login:                                    # exchanges every case begins with (token carriers); optional
 *   - request: { method: POST, path: /oauth/token, body: '…' }
 *     response: { status: 200, json: { access_token: token-1, expires_in: 3600 } }
 * cannot: { no scan yet: why the carrier cannot say it }
 * cases:
 *   delivered:
 *     source: where the answer comes from
 *     number: '40000000001'
 *     country: EG                           # optional: the order's country
 *     settings: { api: unified, … }         # optional: instead of the file's
 *     login: false                          # optional: this case brings its own login exchanges
 *     exchange:                             # in this order, nothing more and nothing less
 *       - request: { method, path, query: {…}, headers: {…}, body }   # '*' matches anything; only named headers count
 *         response: { status: 200, headers: {…}, json: {…} }          # or text: '…'
 *     outcome:
 *       kind: ok
 *       status: delivered                   # substatus: …, expected: [at, local, zone] when there are such
 *       events:                             # oldest first: at | local | zone | code | status[/substatus] | place
 *         - [2026-11-05T10:32:00Z, '2026-11-05T11:32:00+01:00', given, OK, delivered, 'Abuja, NG']
 *     unknownCodes: [SH999]                 # optional: codes that must be reported
 *     secrets: [A. Obi]                     # personal data in the answer that must not be in the outcome
 * ```
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Site, Trouble } from './carrier-server.ts';
import type { SandboxRequest } from './carriers/writer.ts';

const Exchange = z.strictObject({
  request: z.strictObject({
    method: z.enum(['GET', 'POST']),
    path: z.string(),
    query: z.record(z.string(), z.string()).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  response: z.strictObject({
    status: z.number().int(),
    headers: z.record(z.string(), z.string()).optional(),
    json: z.unknown().optional(),
    text: z.string().optional(),
  }),
});
export type Exchange = z.infer<typeof Exchange>;

const Event = z.tuple([
  z.string().nullable(),
  z.string(),
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
]);
const Outcome = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ok'),
    status: z.string(),
    substatus: z.string().optional(),
    expected: z.tuple([z.string().nullable(), z.string(), z.string()]).optional(),
    events: z.array(Event).min(1),
  }),
  z.strictObject({ kind: z.literal('registered') }),
  z.strictObject({ kind: z.literal('not_found') }),
  z.strictObject({
    kind: z.literal('provider_error'),
    reason: z.string(),
    retryAfterMs: z.number().optional(),
  }),
]);
export type FixtureOutcome = z.infer<typeof Outcome>;

const Case = z.strictObject({
  source: z.string().min(10),
  number: z.string(),
  country: z.string().length(2).optional(),
  settings: z.record(z.string(), z.unknown()).optional(),
  login: z.literal(false).optional(),
  exchange: z.array(Exchange).min(1),
  outcome: Outcome,
  unknownCodes: z.array(z.string()).optional(),
  secrets: z.array(z.string()).optional(),
});
export type FixtureCase = z.infer<typeof Case>;

const Fixture = z.strictObject({
  carrier: z.string(),
  settings: z.record(z.string(), z.unknown()),
  login: z.array(Exchange).optional(),
  cannot: z.record(z.string(), z.string().min(10)).optional(),
  cases: z.record(z.string(), Case),
});
export type Fixture = z.infer<typeof Fixture>;

/** Reads one file; throws with the path of each thing that is wrong in it. */
export function readFixture(file: string | URL): Fixture {
  const result = Fixture.safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${String(file)}: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** All exchanges of a case, those of the login first. */
export function exchangesOf(fixture: Fixture, one: FixtureCase): readonly Exchange[] {
  return one.login === false ? one.exchange : [...(fixture.login ?? []), ...one.exchange];
}

export type Player = {
  readonly site: Site;
  /** What did not go as the exchanges say, in words; empty when all is well. */
  readonly mismatches: () => readonly string[];
};

/** Plays exchanges in order; `trouble` meets the exchange at that index. `onRequest` hears of each arrival. */
export function playExchanges(
  exchanges: readonly Exchange[],
  trouble: { readonly kind: Trouble; readonly at: number } | null = null,
  onRequest: (index: number) => void = () => undefined,
): Player {
  const mismatches: string[] = [];
  let next = 0;
  const site: Site = {
    trouble: (request) => {
      const index = next;
      next += 1;
      const exchange = exchanges[index];
      if (exchange === undefined)
        mismatches.push(`request ${index + 1} was not expected: ${request.method} ${request.path}`);
      else
        mismatches.push(
          ...compareRequest(exchange.request, request).map((what) => `request ${index + 1}: ${what}`),
        );
      onRequest(index);
      return trouble?.at === index ? trouble.kind : null;
    },
    answer: () => {
      const response = exchanges[next - 1]?.response;
      if (response === undefined) return { status: 599, body: 'no more exchanges' };
      return {
        status: response.status,
        ...(response.headers === undefined ? {} : { headers: response.headers }),
        body: response.text ?? response.json,
      };
    },
  };
  return {
    site,
    mismatches: () =>
      next < exchanges.length && trouble === null
        ? [...mismatches, `only ${next} of ${exchanges.length} requests were made`]
        : mismatches,
  };
}

function compareRequest(expected: Exchange['request'], actual: SandboxRequest): readonly string[] {
  const headers = Object.fromEntries(
    Object.keys(expected.headers ?? {}).map((name) => [name, actual.headers[name.toLowerCase()]]),
  );
  return [
    ...difference('method', expected.method, actual.method),
    ...difference('path', expected.path, decodeURIComponent(actual.path)),
    ...difference('query', expected.query ?? {}, Object.fromEntries(actual.query)),
    ...difference('headers', expected.headers ?? {}, headers),
    ...difference('body', expected.body ?? '', readBody(actual.body, typeof expected.body === 'object')),
  ];
}

function readBody(text: string, asJson: boolean): unknown {
  if (!asJson) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Each place where two JSON values differ; `'*'` on the expected side agrees with anything but absence. */
function difference(where: string, expected: unknown, actual: unknown): readonly string[] {
  if (expected === '*' && actual !== undefined) return [];
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => difference(`${where}.${key}`, expected[key], actual[key]));
  }
  const same = JSON.stringify(expected) === JSON.stringify(actual);
  return same ? [] : [`${where} should be ${JSON.stringify(expected)} and is ${JSON.stringify(actual)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
