/** Starts every emulator on loopback. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { startCarrierSandbox } from './carrier.ts';
import type { CarrierSandbox } from './carrier.ts';
import { createChatSandbox } from './jumia-chat.ts';
import type { ChatSandbox } from './jumia-chat.ts';
import type { Seed } from './seed.ts';
import { readSeed } from './seed.ts';
import { createVendorSandbox } from './vendor-center.ts';
import type { VendorSandbox } from './vendor-center.ts';
import { createWhatsappSandbox } from './whatsapp.ts';
import type { WhatsappSandbox } from './whatsapp.ts';

export type Sandbox = {
  readonly urls: {
    readonly vendor: string;
    readonly chat: string;
    readonly whatsapp: string;
    /** Customers' phones, to write and read on by hand. */
    readonly phones: string;
    readonly carriers: Readonly<Record<string, string>>;
  };
  readonly seed: Seed;
  readonly vendor: VendorSandbox;
  readonly chat: ChatSandbox;
  readonly whatsapp: WhatsappSandbox;
  readonly carriers: CarrierSandbox;
  readonly close: () => Promise<void>;
};

/** The data file lies beside the source, one level above the compiled program. */
function seedFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'orders.yml')) ? here : join(here, '..', '..', 'sandbox');
}

export async function startSandbox(
  options: { readonly now?: () => number; readonly seed?: Seed } = {},
): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const seed = options.seed ?? readSeed(seedFolder(), now());
  const vendor = createVendorSandbox(seed, now);
  const chat = createChatSandbox(now);
  const whatsapp = createWhatsappSandbox(now);
  const carriers = await startCarrierSandbox({ parcels: seed.parcels, now });
  const app = express();
  app.disable('x-powered-by');
  app.use('/vendor', vendor.router);
  app.use('/chat', chat.router);
  app.use('/graph', whatsapp.router);
  app.use('/phones', whatsapp.phones);
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    urls: {
      vendor: `${base}/vendor`,
      chat: `${base}/chat`,
      whatsapp: `${base}/graph`,
      phones: `${base}/phones`,
      carriers: carriers.urls,
    },
    seed,
    vendor,
    chat,
    whatsapp,
    carriers,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await carriers.close();
    },
  };
}
