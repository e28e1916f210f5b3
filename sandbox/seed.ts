/** The orders and parcels the sandbox plays, read from `orders.yml` and set in time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const HOUR_MS = 3_600_000;

const seedFile = z.object({
  shops: z.record(z.string(), z.object({ country: z.string(), currency: z.string() })),
  parcels: z.record(
    z.string(),
    z.object({
      carrier: z.string(),
      due: z.number().optional(),
      events: z.array(
        z.union([
          z.tuple([z.number(), z.string(), z.string()]),
          z.tuple([z.number(), z.string(), z.string(), z.string()]),
        ]),
      ),
    }),
  ),
  orders: z.array(
    z.object({
      shop: z.string(),
      number: z.string(),
      name: z.tuple([z.string(), z.string()]),
      city: z.string(),
      placed: z.number(),
      pickup: z.boolean().default(false),
      items: z.array(z.tuple([z.string(), z.string(), z.string()])),
    }),
  ),
});

export type SeedParcel = {
  readonly carrier: string;
  readonly number: string;
  readonly expectedAt: number | null;
  readonly events: readonly {
    readonly at: number;
    readonly status: string;
    readonly substatus: string | null;
    readonly place: string;
  }[];
};

export type SeedOrder = {
  readonly shop: string;
  readonly country: string;
  readonly currency: string;
  readonly number: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly city: string;
  readonly placedAt: number;
  readonly pickup: boolean;
  readonly items: readonly { readonly name: string; readonly status: string; readonly tracking: string }[];
};

export type Seed = { readonly orders: readonly SeedOrder[]; readonly parcels: readonly SeedParcel[] };

/** @param folder where `orders.yml` is */
export function readSeed(folder: string, now: number): Seed {
  const file = seedFile.parse(parse(readFileSync(join(folder, 'orders.yml'), 'utf8')));
  const parcels = Object.entries(file.parcels).map(([number, { carrier, due, events }]) => ({
    carrier,
    number,
    expectedAt: due === undefined ? null : now + due * HOUR_MS,
    events: events.map(([hours, status, place, substatus]) => ({
      at: now - hours * HOUR_MS,
      status,
      place,
      substatus: substatus ?? null,
    })),
  }));
  const orders = file.orders.map(({ shop, number, name, city, placed, pickup, items }) => ({
    shop,
    country: file.shops[shop]?.country ?? 'NG',
    currency: file.shops[shop]?.currency ?? 'NGN',
    number,
    firstName: name[0],
    lastName: name[1],
    city,
    placedAt: now - placed * HOUR_MS,
    pickup,
    items: items.map(([item, status, tracking]) => ({ name: item, status, tracking })),
  }));
  return { orders, parcels };
}
