/**
 * The sandbox and the adapters are written apart, from the same documentation. Here they meet: every step a
 * writer can tell must arrive as that step, and the sandbox must refuse what the carrier refuses.
 */
import { expect } from 'chai';
import { createHttp } from '../../carriers/axios-http.ts';
import type { Track } from '../../carriers/carrier.ts';
import { CARRIERS } from '../../carriers/registry.ts';
import type { TrackingOutcome } from '../../carriers/shipment.ts';
import { startCarrierSandbox } from '../../sandbox/carrier.ts';
import type { CarrierSandbox } from '../../sandbox/carrier.ts';
import { WRITERS } from '../../sandbox/carriers/writers.ts';
import { NOW } from './play.ts';

const HOUR = 3_600_000;
/** A parcel's life cannot be played without these. */
const NEEDED = ['in_transit', 'out_for_delivery', 'delivered'];

const numberOf = (id: string) =>
  CARRIERS.find((carrier) => carrier.id === id)?.numbers[0]?.valid[0] ?? 'TEST0000001';

describe('the carrier sandbox', () => {
  let sandbox: CarrierSandbox;
  const pool = createHttp();
  before(async () => {
    sandbox = await startCarrierSandbox({ parcels: [], now: () => NOW });
  });
  after(async () => {
    pool.close();
    await sandbox.close();
  });

  const connect = (id: string): Track => {
    const carrier = CARRIERS.find((one) => one.id === id);
    if (carrier === undefined) throw new Error(`${id} is not in the registry`);
    return carrier.connect(sandbox.settings[id], {
      http: pool,
      now: () => NOW,
      onUnknownCode: (_, code) => expect.fail(code),
    });
  };
  const ask = (id: string, number: string): Promise<TrackingOutcome> =>
    connect(id)(number, { signal: new AbortController().signal, country: 'NG' });

  it('plays every carrier of the registry', () => {
    expect(WRITERS.map(({ id }) => id).sort()).to.deep.equal(CARRIERS.map(({ id }) => id).sort());
  });

  for (const writer of WRITERS) {
    describe(writer.id, () => {
      const number = numberOf(writer.id);

      it('can tell the steps every parcel goes through', () => {
        expect(
          NEEDED.filter((step) => !Object.keys(writer.codes).some((key) => key.split('/')[0] === step)),
        ).to.deep.equal([]);
      });

      for (const step of Object.keys(writer.codes)) {
        it(`tells ${step} so that the adapter reads it`, async () => {
          const [status = '', substatus = null] = step.split('/');
          const first = { status: 'in_transit', at: NOW - 30 * HOUR, place: 'Lagos' };
          const last = { status, substatus, at: NOW - 2 * HOUR, place: 'Ikeja' };
          const events = status === 'info_received' ? [last] : [first, last];
          sandbox.put({ carrier: writer.id, number, events });
          const outcome = await ask(writer.id, number);
          if (outcome.kind !== 'ok') return expect.fail(JSON.stringify(outcome));
          const { shipment } = outcome;
          expect([shipment.status, shipment.substatus]).to.deep.equal([status, substatus]);
          expect(shipment.events.map(({ time }) => time.at)).to.deep.equal(events.map(({ at }) => at));
        });
      }

      it('does not know a number nobody put there', async () => {
        sandbox.put({ carrier: writer.id, number, events: [] });
        const unknown = number.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));
        expect(await ask(writer.id, unknown)).to.deep.equal({
          kind: 'not_found',
          carrier: writer.id,
          number: unknown,
          readAt: NOW,
        });
      });

      it('refuses bad credentials as the carrier does', async () => {
        sandbox.trouble(writer.id, 'badCredentials');
        const outcome = await ask(writer.id, number);
        sandbox.trouble(writer.id, null);
        expect(outcome).to.deep.equal({ kind: 'provider_error', carrier: writer.id, number, reason: 'auth' });
      });

      it('lets trouble come every second time', async () => {
        sandbox.put({
          carrier: writer.id,
          number,
          events: [{ status: 'in_transit', at: NOW - HOUR, place: 'Lagos' }],
        });
        const track = connect(writer.id);
        const once = () => track(number, { signal: new AbortController().signal });
        await once();
        const logged = sandbox.requests().length;
        await once();
        const perCall = sandbox.requests().length - logged;
        sandbox.trouble(writer.id, 'http500', { every: 2 * perCall });
        const kinds = [await once(), await once(), await once(), await once()].map(({ kind }) => kind);
        sandbox.trouble(writer.id, null);
        expect(kinds).to.deep.equal(['ok', 'provider_error', 'ok', 'provider_error']);
      });
    });
  }
});
