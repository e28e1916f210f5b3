/**
 * Records whose hash does not fit what they say. Most were altered; some only stand where they do not belong. A hash
 * binds a record to its number and its shop, so trying other numbers and shops tells which.
 */
import type { AuditRecord } from './audit-chain.ts';
import { digestOf, hashOf } from './audit-chain.ts';
import type { Problem } from './audit-problem.ts';

/** More than this is one catastrophe, not many small ones; the rest is reported as altered without a search. */
const MOST_SEARCHED = 1_000;
const MOST_OTHER_PLACES = 200;
const NEARBY = 8;
const MOST_KEPT = 10_000;

export type Suspects = {
  readonly add: (record: AuditRecord) => void;
  /** @param last number of the last record of the chain */
  readonly resolve: (last: number) => readonly Problem[];
};

export function createSuspects(shop: string, otherShops: readonly string[]): Suspects {
  const suspects: AuditRecord[] = [];
  let uncounted = 0;
  let lastAdded = 0;
  const fits = (record: AuditRecord, change: Partial<AuditRecord>): boolean =>
    hashOf(record.prev, digestOf({ ...record, ...change })) === record.hash;

  /** The number under which the record would be genuine. */
  const placeOf = (record: AuditRecord, others: readonly number[]): number | null => {
    for (let by = 1; by <= NEARBY; by += 1) {
      for (const seq of [record.seq - by, record.seq + by]) if (fits(record, { seq })) return seq;
    }
    return others.slice(0, MOST_OTHER_PLACES).find((seq) => fits(record, { seq })) ?? null;
  };

  return {
    add: (record) => {
      lastAdded = record.seq;
      if (suspects.length < MOST_KEPT) suspects.push(record);
      else uncounted += 1;
    },
    resolve: (last) => {
      const places = new Map<number, number>();
      const seqs = suspects.slice(0, MOST_SEARCHED).map(({ seq }) => seq);
      for (const record of suspects.slice(0, MOST_SEARCHED)) {
        const place = placeOf(record, seqs);
        if (place !== null) places.set(record.seq, place);
      }
      const swapped = inCycles(places);
      const shifted = shiftedToTheEnd(shop, places, swapped, last);
      const problems: Problem[] = shifted ? [shifted.problem] : [];
      for (const record of suspects) {
        const { seq } = record;
        const place = places.get(seq);
        if (shifted && seq >= shifted.from && (place === undefined || !swapped.has(seq))) continue;
        const owner =
          place === undefined
            ? otherShops.find((name) => name !== shop && fits(record, { shop: name }))
            : undefined;
        if (place !== undefined)
          problems.push({ shop, seq, what: 'reordered', detail: `is the record that was number ${place}` });
        else if (owner !== undefined)
          problems.push({ shop, seq, what: 'foreign', detail: `is a record of the shop ${owner}` });
        else problems.push({ shop, seq, what: 'altered', detail: 'its content does not match its hash' });
      }
      if (uncounted > 0 && !shifted)
        problems.push({
          shop,
          seq: (suspects.at(-1)?.seq ?? 0) + 1,
          until: lastAdded,
          what: 'altered',
          detail: `${uncounted} more records do not match their hashes`,
        });
      return problems;
    },
  };
}

/** Records that only changed places among each other. */
function inCycles(places: ReadonlyMap<number, number>): ReadonlySet<number> {
  const swapped = new Set<number>();
  for (const start of places.keys()) {
    const path = [start];
    let at = places.get(start);
    while (at !== undefined && at !== start && path.length <= places.size && !swapped.has(at)) {
      path.push(at);
      at = places.get(at);
    }
    if (at === start) for (const seq of path) swapped.add(seq);
  }
  return swapped;
}

/** A run up to the end that is off by the same number: something before it was taken out or put in. */
function shiftedToTheEnd(
  shop: string,
  places: ReadonlyMap<number, number>,
  swapped: ReadonlySet<number>,
  last: number,
): { readonly from: number; readonly problem: Problem } | null {
  const run = [...places].filter(([seq]) => !swapped.has(seq)).sort(([a], [b]) => a - b);
  const tail = run.at(-1);
  if (!tail || (tail[0] !== last && places.size < MOST_SEARCHED)) return null;
  const by = tail[0] - tail[1];
  let from = tail[0];
  for (const [seq, place] of run.reverse()) {
    if (seq - place !== by || seq < from - 1) break;
    from = seq;
  }
  const first = by > 0 ? from - by : from;
  const until = first + Math.abs(by) - 1;
  return {
    from,
    problem: {
      shop,
      seq: first,
      ...(until === first ? {} : { until }),
      what: by > 0 ? 'inserted' : 'removed',
      detail: `the records behind it were renumbered by ${Math.abs(by)}`,
    },
  };
}
