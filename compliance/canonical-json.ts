/**
 * JSON with exactly one spelling per value, after RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16
 * code units, no white space, numbers and strings as ECMAScript writes them. What is hashed must not depend on who wrote it.
 */

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Half of a surrogate pair: no UTF-8 exists for it, and each store replaces it in its own way. */
const LONE_SURROGATE = /\p{Cs}/u;
const LONE_SURROGATES = /\p{Cs}/gu;

/**
 * The canonical text. Members that are `undefined` are left out, as `JSON.stringify` does.
 *
 * @throws TypeError on numbers and strings JSON cannot carry (NaN, half a surrogate pair)
 * @example canonicalJson({ b: 1, a: 'x' }) // {"a":"x","b":1}
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError(`${value} has no form in JSON.`);
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${text(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}

function text(value: string): string {
  if (LONE_SURROGATE.test(value)) throw new TypeError('Half a surrogate pair has no form in JSON.');
  return JSON.stringify(value);
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value);

/** The same value with every half surrogate pair replaced by U+FFFD: outside text must never stop a record. */
export function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.replace(LONE_SURROGATES, '\ufffd');
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(wellFormed);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [[key.replace(LONE_SURROGATES, '\ufffd'), wellFormed(member)]],
    ),
  );
}

/** Neither control characters, which PostgreSQL refuses, nor half surrogate pairs, which SQLite replaces. */
const UNSTORABLE = /[\p{Cc}\p{Cs}]/gu;

/** Outside text (an id, a name) as every store keeps it unchanged. */
export function storable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}
