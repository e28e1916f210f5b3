/**
 * Every carrier on loopback, in its own wire format, with parcels that were put there: for `npm start`
 * without credentials, for trying the product, and for the tests. Below `/<carrier-id>` each carrier answers
 * as its documentation says, refuses what it would refuse, and can be given a trouble.
 */
import { openCarrierServer } from './carrier-server.ts';
import type { Site, Trouble } from './carrier-server.ts';
import { WRITERS } from './carriers/writers.ts';
import type { CarrierWriter, SandboxRequest, SeededParcel, Shelf } from './carriers/writer.ts';

/** A request that arrived, for tests that look at what was asked. */
export type RecordedRequest = SandboxRequest & { readonly carrier: string };

/** So many are remembered; a demonstration may run for weeks. */
const MAX_RECORDED = 10_000;

export type CarrierSandbox = {
  /** Base URL of each carrier, by id: the value of `CARRIER_<ID>_URL`. */
  readonly urls: Readonly<Record<string, string>>;
  /** Settings of each carrier, by id, that the sandbox accepts; `baseUrl` included. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly requests: () => readonly RecordedRequest[];
  /** Adds a parcel, or replaces the one with its number. */
  readonly put: (parcel: SeededParcel) => void;
  /** From now on every `every`-th request to the carrier meets this trouble; null ends it. */
  readonly trouble: (carrier: string, kind: Trouble | null, options?: { readonly every?: number }) => void;
  readonly close: () => Promise<void>;
};

/** Starts the carriers (all, or those named) on one port of 127.0.0.1. */
export async function startCarrierSandbox(options: {
  readonly carriers?: readonly string[];
  readonly parcels: readonly SeededParcel[];
  readonly now: () => number;
  readonly port?: number;
}): Promise<CarrierSandbox> {
  const parcels = new Map<string, SeededParcel>();
  const troubles = new Map<string, { kind: Trouble; every: number; seen: number }>();
  const recorded: RecordedRequest[] = [];
  const put = (parcel: SeededParcel) => void parcels.set(`${parcel.carrier} ${parcel.number}`, parcel);
  options.parcels.forEach(put);

  function siteOf(writer: CarrierWriter): Site {
    const shelf: Shelf = {
      parcel: (number) => parcels.get(`${writer.id} ${number}`),
      now: options.now,
      credentialsWork: () => troubles.get(writer.id)?.kind !== 'badCredentials',
    };
    return {
      answer: (request) =>
        writer.answer(request, shelf) ?? { status: 404, body: '<html>404 Not Found</html>' },
      trouble: (request) => {
        recorded.push({ carrier: writer.id, ...request });
        if (recorded.length > MAX_RECORDED) recorded.shift();
        const current = troubles.get(writer.id);
        if (current === undefined) return null;
        current.seen += 1;
        return current.seen % current.every === 0 ? current.kind : null;
      },
    };
  }

  const server = await openCarrierServer(options.port);
  const wanted = WRITERS.filter(({ id }) => options.carriers?.includes(id) ?? true);
  const urls = Object.fromEntries(
    wanted.map((writer) => [writer.id, server.mount(writer.id, siteOf(writer))]),
  );
  const settings = wanted.map(
    (writer) => [writer.id, { ...writer.settings, baseUrl: urls[writer.id] }] as const,
  );

  return {
    urls,
    settings: Object.fromEntries(settings),
    requests: () => [...recorded],
    put,
    trouble: (carrier, kind, { every = 1 } = {}) => {
      if (kind === null) troubles.delete(carrier);
      else troubles.set(carrier, { kind, every, seen: 0 });
    },
    close: server.close,
  };
}
