/**
 * What the emulator of one carrier is made of. A writer turns seeded parcels into the carrier's real wire
 * format, with that carrier's own codes, routes, credentials and error bodies. It shares nothing with the
 * adapter that reads it: both are written from the carrier's documentation.
 */
import type { Instant } from '../../domain/time.ts';

/** A step of a parcel's life: a status, or a status and what it cannot say, for example `exception/returning`. */
export type Step = string;

export type SeededEvent = {
  readonly status: string;
  readonly substatus?: string | null;
  readonly at: Instant;
  readonly place: string;
};

export type SeededParcel = {
  readonly carrier: string;
  readonly number: string;
  /** Oldest first; empty for a parcel that is registered and not scanned yet. */
  readonly events: readonly SeededEvent[];
  /** For carriers that tell an expected day; absent when the carrier does not know it. */
  readonly expectedAt?: Instant | null;
};

/** One request as it came: the path is what follows the carrier's base URL, header names are lower case. */
export type SandboxRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type SandboxAnswer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as it is, anything else as JSON. */
  readonly body: unknown;
};

/** What a writer may ask while it answers. */
export type Shelf = {
  readonly parcel: (number: string) => SeededParcel | undefined;
  readonly now: () => Instant;
  /** False while the trouble `badCredentials` is on: then the writer refuses as the carrier does. */
  readonly credentialsWork: () => boolean;
};

export type CarrierWriter = {
  readonly id: string;
  /** What to put into the adapter's settings, besides `baseUrl`, to be let in. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The carrier's code for each step it can tell. A step that is missing cannot be seeded. */
  readonly codes: Readonly<Record<Step, string>>;
  /** The answer, or null for a route the carrier does not have. */
  readonly answer: (request: SandboxRequest, shelf: Shelf) => SandboxAnswer | null;
};

/** The step of an event as the key of a writer's `codes`. */
export function stepOf({ status, substatus }: SeededEvent): Step {
  return substatus ? `${status}/${substatus}` : status;
}

/** The code of an event; a step without its own falls back to the bare status. */
export function codeOf(codes: CarrierWriter['codes'], event: SeededEvent): string {
  const code = codes[stepOf(event)] ?? codes[event.status];
  if (code === undefined)
    throw new Error(`This carrier has no code for ${stepOf(event)}; seed another step.`);
  return code;
}

/** `2026-11-05T11:32:00` as read on a clock `offsetMinutes` east of Greenwich. */
export function clockTime(at: Instant, offsetMinutes = 0): string {
  return new Date(at + offsetMinutes * 60_000).toISOString().slice(0, 19);
}
