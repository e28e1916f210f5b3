/**
 * What every carrier must do. The suite loops over the registry: a carrier without a fixture, a required case
 * or a sandbox writer fails here by name. The real adapter runs over real HTTP on loopback; whole outcomes are compared.
 */
import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { CARRIERS } from '../../carriers/registry.ts';
import { exchangesOf, readFixture } from '../../sandbox/carrier-fixtures.ts';
import type { Fixture, FixtureCase } from '../../sandbox/carrier-fixtures.ts';
import { RETRY_AFTER_SECONDS } from '../../sandbox/carrier-server.ts';
import type { Trouble } from '../../sandbox/carrier-server.ts';
import { openStage, wholeOutcome } from './play.ts';
import type { Stage } from './play.ts';

/** Cases a fixture must have, and the status or outcome each is about. */
const REQUIRED: Readonly<Record<string, string>> = {
  delivered: 'delivered',
  'in transit': 'in_transit',
  'out for delivery': 'out_for_delivery',
  'attempt failed': 'attempt_fail',
  returned: 'returned',
  'no scan yet': 'registered',
  'not found': 'not_found',
  'bad credentials': 'auth',
  'unknown code': 'any',
  'events out of order': 'any',
  'time without a zone': 'any',
  'personal data': 'any',
};

/** Cases a carrier may declare, with a reason, that its API cannot say. */
const MAY_BE_UNSAYABLE = [
  'out for delivery',
  'attempt failed',
  'returned',
  'no scan yet',
  'bad credentials',
  'events out of order',
  'time without a zone',
];

/** Troubles that need no fixture, and what each must become. */
const TROUBLES: readonly (readonly [string, Trouble, Readonly<Record<string, unknown>>])[] = [
  ['an error 500', 'http500', { reason: 'unavailable' }],
  ['a rate limit', 'rate429', { reason: 'rate_limited', retryAfterMs: RETRY_AFTER_SECONDS * 1000 }],
  ['an HTML page instead of JSON', 'html', { reason: 'malformed' }],
  ['JSON that is cut off', 'cutOff', { reason: 'malformed' }],
  ['JSON of another shape', 'otherShape', { reason: 'malformed' }],
  ['a stall', 'stall', { reason: 'timeout' }],
  ['a connection that is hung up', 'hangUp', { reason: 'unavailable' }],
];

const fileOf = (id: string) => new URL(`../../carriers/fixtures/${id}.yml`, import.meta.url);

describe('every carrier', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  it('has an id of its own', () => {
    const ids = CARRIERS.map(({ id }) => id);
    expect(ids).to.deep.equal([...new Set(ids)]);
  });

  for (const carrier of CARRIERS) {
    describe(carrier.id, () => {
      if (!existsSync(fileOf(carrier.id))) {
        it('has a fixture file', () => expect.fail(`carriers/fixtures/${carrier.id}.yml is missing`));
        return;
      }
      const fixture = readFixture(fileOf(carrier.id));

      it('has every required case, or says why the carrier cannot say it', () => {
        expect(fixture.carrier).to.equal(carrier.id);
        const unsayable = Object.keys(fixture.cannot ?? {});
        expect(unsayable.filter((name) => !MAY_BE_UNSAYABLE.includes(name))).to.deep.equal([]);
        const missing = Object.keys(REQUIRED).filter(
          (name) => !(name in fixture.cases) && !unsayable.includes(name),
        );
        expect(missing, 'cases missing in the fixture').to.deep.equal([]);
      });

      for (const [name, one] of Object.entries(fixture.cases)) {
        it(`answers as expected: ${name}`, async () => {
          checkMeaning(name, one);
          const { outcome, unknownCodes, mismatches } = await stage.play(fixture, one);
          expect(mismatches, 'requests made').to.deep.equal([]);
          expect(outcome).to.deep.equal(wholeOutcome(carrier.id, one.number, one.outcome));
          expect([...unknownCodes].sort()).to.deep.equal([...(one.unknownCodes ?? [])].sort());
          for (const secret of one.secrets ?? []) expect(JSON.stringify(outcome)).not.to.include(secret);
        });
      }

      troubled(carrier.id, fixture, () => stage);
    });
  }
});

/** The case is about what its name says; a fixture cannot drift from the requirement. */
function checkMeaning(name: string, one: FixtureCase): void {
  const about = REQUIRED[name];
  const { outcome } = one;
  if (about === undefined) return;
  if (about !== 'any') {
    const word =
      outcome.kind === 'ok'
        ? outcome.status
        : outcome.kind === 'provider_error'
          ? outcome.reason
          : outcome.kind;
    expect(word, `the case "${name}" is about`).to.equal(about);
    return;
  }
  expect(outcome.kind).to.equal('ok');
  if (outcome.kind !== 'ok') return;
  if (name === 'unknown code') {
    expect(one.unknownCodes ?? [], 'codes to be reported').not.to.be.empty;
    expect(outcome.status).not.to.equal('delivered');
  }
  if (name === 'time without a zone') expect(outcome.events.map(([, , zone]) => zone)).to.include('assumed');
  if (name === 'events out of order') expect(outcome.events.length).to.be.at.least(3);
  if (name === 'personal data') {
    expect(one.secrets ?? []).not.to.be.empty;
    for (const secret of one.secrets ?? []) expect(JSON.stringify(one.exchange)).to.include(secret);
  }
}

/** Every trouble at every request of a delivered parcel's exchange, the login included. */
function troubled(id: string, fixture: Fixture, stage: () => Stage): void {
  const one = fixture.cases['delivered'];
  if (one === undefined) return;
  exchangesOf(fixture, one).forEach(({ request }, at) => {
    for (const [words, kind, expected] of TROUBLES) {
      it(`survives ${words} at ${request.method} ${request.path}`, async () => {
        const { outcome } = await stage().play(fixture, one, { kind, at });
        expect(outcome).to.deep.equal({
          kind: 'provider_error',
          carrier: id,
          number: one.number,
          ...expected,
        });
      });
    }
  });
}
