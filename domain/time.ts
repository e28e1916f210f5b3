/** A moment: milliseconds since the Unix epoch. Fields that hold one end in `At`. Zones exist only at the edges. */
export type Instant = number;

/** The clock is an argument everywhere, so that tests and replays own time. */
export type Clock = () => Instant;

/**
 * A time as somebody outside told it, and how sure we are of it.
 *
 * - `given`: the source named its zone or offset; `at` is exact.
 * - `assumed`: the source gave a local time only; `at` uses the zone its documentation (or its country) implies.
 * - `unknown`: the words could not be read as a time; `at` is null and `local` holds them.
 */
export type EventTime = {
  readonly at: Instant | null;
  readonly local: string;
  readonly zone: 'given' | 'assumed' | 'unknown';
};
