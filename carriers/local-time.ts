/**
 * From what a carrier writes for a time to an instant, and how sure we are of it. Zones are IANA names,
 * never fixed offsets: Egypt has summer time and Morocco goes back an hour during Ramadan.
 */
import { DateTime } from 'luxon';
import type { EventTime, Instant } from '../domain/time.ts';

/** Zones of the countries our markets and their parcels come from; countries with several zones are left out. */
const COUNTRY_ZONES: Readonly<Record<string, string>> = {
  NG: 'Africa/Lagos',
  KE: 'Africa/Nairobi',
  EG: 'Africa/Cairo',
  MA: 'Africa/Casablanca',
  GH: 'Africa/Accra',
  CI: 'Africa/Abidjan',
  SN: 'Africa/Dakar',
  UG: 'Africa/Kampala',
  DZ: 'Africa/Algiers',
  TN: 'Africa/Tunis',
  ZA: 'Africa/Johannesburg',
  AE: 'Asia/Dubai',
  BE: 'Europe/Brussels',
  CN: 'Asia/Shanghai',
  DE: 'Europe/Berlin',
  FR: 'Europe/Paris',
  GB: 'Europe/London',
  HK: 'Asia/Hong_Kong',
  IN: 'Asia/Kolkata',
  IT: 'Europe/Rome',
  NL: 'Europe/Amsterdam',
  TR: 'Europe/Istanbul',
};

/** Carriers fill empty dates with year 1 or 1970; no parcel of ours moved before this. */
const EARLIEST: Instant = Date.UTC(2000, 0, 1);
const MAX_LOCAL_CHARS = 40;

/** The zone of a country (ISO 3166 alpha-2, any case), or null when it is unknown or has several. */
export function zoneOfCountry(country: string | null | undefined): string | null {
  return COUNTRY_ZONES[country?.toUpperCase() ?? ''] ?? null;
}

/**
 * Reads a time as the carrier wrote it: ISO 8601 (a space for the `T` is fine), or luxon `format` when given.
 * With an offset in the text the zone is `given`; without one, `zone` is `assumed`; unreadable is `unknown`.
 *
 * @example readTime('2026-11-05 10:40:00', 'Africa/Cairo')
 *   // { at: 2026-11-05T08:40:00Z, local: '2026-11-05 10:40:00', zone: 'assumed' }
 */
export function readTime(text: string, zone: string, format?: string): EventTime {
  const local = text.trim().slice(0, MAX_LOCAL_CHARS);
  const parsed =
    format === undefined
      ? DateTime.fromISO(local.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T').replace(/ (?=[+-]\d)/, ''), { zone })
      : DateTime.fromFormat(local, format, { zone, locale: 'en' });
  if (!parsed.isValid || parsed.toMillis() < EARLIEST) return { at: null, local, zone: 'unknown' };
  return { at: parsed.toMillis(), local, zone: namesItsZone(local) ? 'given' : 'assumed' };
}

/** A calendar day without a time of day: its noon in the zone, so that it stays that day wherever it is shown. */
export function readDay(text: string, zone: string): EventTime {
  const local = text.trim().slice(0, 10);
  const day = DateTime.fromISO(local, { zone });
  if (!day.isValid || day.toMillis() < EARLIEST) return { at: null, local, zone: 'unknown' };
  return { at: day.set({ hour: 12 }).toMillis(), local, zone: 'assumed' };
}

/** A moment the carrier gave as a count of milliseconds: exact, whatever it calls it; `local` shows it in `zone`. */
export function fromMillis(at: Instant, zone: string): EventTime {
  const time = DateTime.fromMillis(Number.isFinite(at) ? at : 0, { zone });
  if (!time.isValid || at < EARLIEST || !Number.isFinite(at))
    return { at: null, local: String(at), zone: 'unknown' };
  return { at, local: time.toFormat("yyyy-MM-dd'T'HH:mm:ssZZ"), zone: 'given' };
}

/** `Z`, `+01:00`, `+0100` or `+01` after a time of day; a date's own dashes do not count. */
function namesItsZone(text: string): boolean {
  return /\d{2}:?\d{2}.*?(?:Z|[+-]\d{2}(?::?\d{2})?)$/i.test(text.replace(/^\d{4}-\d{2}-\d{2}/, ''));
}
