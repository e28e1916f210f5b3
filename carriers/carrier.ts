import type { z } from 'zod';
import type { Clock } from '../domain/time.ts';
import type { TrackingOutcome } from './shipment.ts';

/** A request an adapter wants made. `body` is sent as it is; the adapter encodes it. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
};

/** Any answer that arrived whole, whatever its status. Header names are lower case. */
export type HttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Rejects with `AbortError` when the signal fires and with a network error when no answer came. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** What an adapter is given: the network, the clock, and a place to report a code nobody knows. */
export type CarrierIo = {
  readonly http: Http;
  readonly now: Clock;
  /** Called with a carrier code that no table lists; the caller logs each (carrier, code) once. */
  readonly onUnknownCode: (carrier: string, code: string) => void;
};

export type TrackOptions = {
  readonly signal: AbortSignal;
  /** ISO 3166 alpha-2 of the order, for carriers whose answer depends on it. */
  readonly country?: string;
};

/** Ask the carrier about one number. Never throws for what a carrier may do: outcomes are values. */
export type Track = (number: string, options: TrackOptions) => Promise<TrackingOutcome>;

/** How a tracking number of a carrier looks, with its own examples: the tests are generated from them. */
export type NumberFormat = {
  readonly name: string;
  /** Matches the whole cleaned number: upper case, without spaces, dots and dashes. */
  readonly pattern: RegExp;
  /** True when the check digit agrees; absent when the format has none. */
  readonly check?: (cleaned: string) => boolean;
  /** A pattern no other carrier shares (letters, prefix). */
  readonly distinctive: boolean;
  /** The number as the carrier writes it, where that is not the cleaned form (dashes that belong to it). */
  readonly written?: (cleaned: string) => string;
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
};

export type Carrier = {
  /** Lower case with dashes: file name, configuration key, fixture name, and `CARRIER_<ID>_URL`. */
  readonly id: string;
  /** As a customer reads it. */
  readonly name: string;
  /** Markets it serves, ISO 3166 alpha-2; empty means everywhere. */
  readonly countries: readonly string[];
  readonly docs: {
    readonly url: string;
    /** Day the page was read, ISO date. */
    readonly readOn: string;
    readonly confidence: 'documented' | 'seen in working code' | 'guess';
    /** Where an operator gets the credentials. */
    readonly credentials: string;
    /** Numbers per call the API accepts; we ask for one at a time. */
    readonly batch: number;
    /** Published limits in the carrier's words, or `not published`. */
    readonly limits: string;
  };
  /** Credentials and options; `baseUrl` is always one of them and has the production default. */
  readonly settings: z.ZodType;
  readonly baseUrl: string;
  readonly numbers: readonly NumberFormat[];
  /** Hosts of the carrier's public pages: recognises it in an order's tracking link. */
  readonly hosts: readonly string[];
  /** IANA zone to assume for local times without one. */
  readonly zone: string;
  /** The public page for one number, or null when no deep link is known. */
  readonly trackingPage: (number: string, country: string) => string | null;
  /** Politeness: calls a second and at a time we allow ourselves. */
  readonly rate: { readonly perSecond: number; readonly concurrent: number };
  /** Validates the settings once and returns the function; tokens live in its closure. */
  readonly connect: (settings: unknown, io: CarrierIo) => Track;
};
