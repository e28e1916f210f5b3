/** Fields that messages and statuses share. */
import { z } from 'zod';

/** Of people, messages and numbers. Meta has strings; a number is taken too. */
export const id = z.union([z.string().trim().min(1).max(512), z.number()]).transform(String);

const seconds = z.coerce.number().int().positive();
const LATEST_SECONDS = 8.64e12;

/** Meta's time is unix seconds in a string. One that cannot be read becomes the moment we got it. */
export function instantOf(timestamp: unknown, now: number): number {
  const read = seconds.safeParse(timestamp);
  return read.success && read.data < LATEST_SECONDS ? read.data * 1000 : now;
}
