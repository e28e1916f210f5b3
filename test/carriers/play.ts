/** Plays a fixture case to the real adapter over real loopback HTTP, and says what came of it. */
import { carrierById } from '../../carriers/registry.ts';
import { createHttp } from '../../carriers/axios-http.ts';
import type { TrackingEvent, TrackingOutcome } from '../../carriers/shipment.ts';
import { openCarrierServer } from '../../sandbox/carrier-server.ts';
import type { CarrierServer, Trouble } from '../../sandbox/carrier-server.ts';
import { exchangesOf, playExchanges } from '../../sandbox/carrier-fixtures.ts';
import type { Fixture, FixtureCase, FixtureOutcome } from '../../sandbox/carrier-fixtures.ts';

/** The clock of every carrier test. */
export const NOW = Date.parse('2026-11-23T09:00:00Z');

export type Played = {
  readonly outcome: TrackingOutcome;
  readonly unknownCodes: readonly string[];
  readonly mismatches: readonly string[];
};

export type Stage = {
  readonly play: (
    fixture: Fixture,
    one: FixtureCase,
    trouble?: { kind: Trouble; at: number },
  ) => Promise<Played>;
  readonly close: () => Promise<void>;
};

/** One server and one connection pool for a whole suite; every play gets its own base path. */
export async function openStage(): Promise<Stage> {
  const server: CarrierServer = await openCarrierServer();
  const pool = createHttp();
  let count = 0;

  return {
    play: async (fixture, one, trouble) => {
      const carrier = carrierById(fixture.carrier);
      if (carrier === undefined) throw new Error(`${fixture.carrier} is not in the registry`);
      const patience = new AbortController();
      const player = playExchanges(exchangesOf(fixture, one), trouble ?? null, (index) => {
        // A stall would last for ever: the caller loses patience as soon as its request has arrived.
        if (trouble?.kind === 'stall' && trouble.at === index) patience.abort();
      });
      count += 1;
      const url = server.mount(`play-${count}`, player.site);
      const unknownCodes: string[] = [];
      const track = carrier.connect(
        { ...(one.settings ?? fixture.settings), baseUrl: url },
        { http: pool, now: () => NOW, onUnknownCode: (_, code) => void unknownCodes.push(code) },
      );
      const outcome = await track(one.number, {
        signal: patience.signal,
        ...(one.country === undefined ? {} : { country: one.country }),
      });
      return { outcome, unknownCodes, mismatches: player.mismatches() };
    },
    close: async () => {
      pool.close();
      await server.close();
    },
  };
}

/** The short form of a fixture, written out: what the adapter must have answered, to the last field. */
export function wholeOutcome(carrier: string, number: string, expected: FixtureOutcome): TrackingOutcome {
  switch (expected.kind) {
    case 'registered':
    case 'not_found':
      return { kind: expected.kind, carrier, number, readAt: NOW };
    case 'provider_error':
      return { carrier, number, ...expected } as TrackingOutcome;
    case 'ok':
      return {
        kind: 'ok',
        shipment: {
          carrier,
          number,
          status: expected.status,
          substatus: expected.substatus ?? null,
          events: expected.events.map(([at, local, zone, code, meaning, place]) => {
            const [status, substatus] = meaning.split('/');
            const time = { at: at === null ? null : Date.parse(at), local, zone };
            return { time, code, status, substatus: substatus ?? null, place } as TrackingEvent;
          }),
          expectedDelivery:
            expected.expected === undefined
              ? null
              : {
                  at: expected.expected[0] === null ? null : Date.parse(expected.expected[0]),
                  local: expected.expected[1],
                  zone: expected.expected[2],
                },
          readAt: NOW,
        },
      } as TrackingOutcome;
  }
}
