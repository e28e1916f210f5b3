/** A table of numbers, one row a feature and one column an intent, kept as bytes with one scale a row. */
import type { Sparse } from './features.ts';

/** The number in row `r`, column `c` is `bytes[r * columns + c] * scales[r]`. */
export type Table = {
  readonly columns: number;
  readonly bytes: Int8Array;
  readonly scales: Float32Array;
};

const MOST = 127;

export function tableOf(numbers: Float32Array, columns: number): Table {
  const scales = new Float32Array(numbers.length / Math.max(columns, 1));
  const bytes = new Int8Array(numbers.length);
  for (let row = 0; row < scales.length; row += 1) {
    const start = row * columns;
    let top = 0;
    for (let at = start; at < start + columns; at += 1) top = Math.max(top, Math.abs(numbers[at] as number));
    if (top === 0) continue;
    scales[row] = top / MOST;
    for (let at = start; at < start + columns; at += 1)
      bytes[at] = Math.round(((numbers[at] as number) / top) * MOST);
  }
  return { columns, bytes, scales };
}

/** Adds to `sums` every row of the table, each as often as the features say. */
export function addRows({ columns, bytes, scales }: Table, features: Sparse, sums: Float32Array): void {
  const { indices, values } = features;
  for (let at = 0; at < indices.length; at += 1) {
    const row = indices[at] as number;
    const value = (values[at] as number) * (scales[row] as number);
    const start = row * columns;
    for (let one = 0; one < columns; one += 1)
      sums[one] = (sums[one] as number) + (bytes[start + one] as number) * value;
  }
}

/** The same for one column alone. */
export function sumOfColumn(table: Table, { indices, values }: Sparse, column: number): number {
  let sum = 0;
  for (let at = 0; at < indices.length; at += 1) {
    const row = indices[at] as number;
    sum +=
      (values[at] as number) *
      (table.scales[row] as number) *
      (table.bytes[row * table.columns + column] as number);
  }
  return sum;
}
