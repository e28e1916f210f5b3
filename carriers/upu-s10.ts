/**
 * Post offices: S10 numbers of the Universal Postal Union (letters, eight digits, check digit, country of posting).
 * Standard: upu.int, S10-12; read 2026-11-23. The posts of our markets publish no tracking API, so most numbers are
 * checked and linked to the right post. One post has a look-up that merchants use: Morocco's, whose page asks
 * bam-tracking.barid.ma for a piece of HTML. It is off unless configured: Barid has not been asked, and refuses some
 * addresses.
 *
 * Traps: the last two letters say where the parcel was posted, not where it goes; a wrong check digit is mostly a
 * typing error; Barid's times have no zone, and its words for "nothing known" stand in the place of a status.
 */
import { parse as parseHtml } from 'node-html-parser';
import { z } from 'zod';
import type { Carrier, CarrierIo, HttpRequest, Track } from './carrier.ts';
import { upuS10 as checkDigit } from './check-digits.ts';
import { ask } from './http.ts';
import { readTime } from './local-time.ts';
import { failed, found, notFound, providerError } from './outcome.ts';
import type { Question } from './outcome.ts';
import { baseUrl } from './settings.ts';
import type { Meaning, TrackingEvent, TrackingOutcome } from './shipment.ts';
import { normalizeWords } from './status-words.ts';
import { trackingEvent } from './timeline.ts';

const ID = 'upu-s10';
const ZONE = 'Africa/Casablanca';
const BASE = 'https://bam-tracking.barid.ma';

const settings = z.strictObject({
  /** Ask Morocco's post about parcels posted in Morocco or sent there. */
  amana: z.boolean().default(false),
  baseUrl: baseUrl(BASE),
});

/** Public pages of the posts; deep links to one number are known for none of them. */
const POSTS: Readonly<Record<string, string>> = {
  NG: 'https://www.nipost.gov.ng',
  KE: 'https://www.posta.co.ke',
  EG: 'https://egyptpost.gov.eg/ar-eg/home/eservices/track-and-trace/',
  MA: 'https://bam-tracking.barid.ma',
  GH: 'https://www.ghanapost.com.gh',
  SN: 'http://www.laposte.sn',
  UG: 'http://www.ugapost.co.ug',
  DZ: 'https://www.poste.dz',
  TN: 'http://www.poste.tn',
};

/** The post the parcel goes to, else the one it was posted at. */
function pageOf(number: string, country: string): string | null {
  return POSTS[country.toUpperCase()] ?? POSTS[number.slice(-2).toUpperCase()] ?? null;
}

/** Barid's sentences, in the order they are tried: a return is also told as a delivery. */
const SENTENCES: readonly (readonly [RegExp, Meaning])[] = [
  [/^envoi (a )?retourner/, { status: 'exception', substatus: 'returning' }],
  [/^envoi retourne/, 'returned'],
  [/tentative de livraison/, 'attempt_fail'],
  [/^envoi sorti par le facteur/, 'out_for_delivery'],
  [/^(livraison effectuee|envoi distribue|distribue)/, 'delivered'],
  [/^envoi depose|^depot/, { status: 'in_transit', substatus: 'picked_up' }],
  [/^envoi (arrive a|sorti de|sorti du|arrive au)/, 'in_transit'],
];

function request(base: string, number: string, signal: AbortSignal): HttpRequest {
  return {
    method: 'GET',
    url: `${base}/Tracking/Search?trackingCode=${encodeURIComponent(number)}`,
    headers: { accept: 'application/json' },
    signal,
  };
}

const Answered = z.object({ OperationSuccess: z.boolean(), Html: z.string().nullish() });
const NOTHING_KNOWN = /aucune information/;

/** Reads an answer of `/Tracking/Search` that came with 2xx. */
export function parse(body: unknown, question: Question): TrackingOutcome {
  const answer = Answered.safeParse(body);
  if (!answer.success) return providerError(question, 'malformed');
  const html = parseHtml(answer.data.Html ?? '');
  const position = normalizeWords(html.querySelector('.lblCurrentPosition')?.text ?? '');
  const lines = html.querySelectorAll('ul.timeline li').map((line): TrackingEvent => {
    const date = line.querySelector('.container_date');
    const time = line.querySelector('.container_time');
    const at = `${date?.text.trim() ?? ''} ${time?.text.trim() ?? ''}`.trim();
    date?.remove();
    time?.remove();
    return event(line.text.replace(/\s+/g, ' ').trim(), at, question);
  });
  if (lines.length > 0) return found(question, lines);
  if (!answer.data.OperationSuccess || NOTHING_KNOWN.test(position)) return notFound(question);
  return position === '' ? providerError(question, 'malformed') : found(question, []);
}

/** The sentence itself carries names of offices; only what it means is kept. */
function event(sentence: string, at: string, question: Question): TrackingEvent {
  const words = normalizeWords(sentence);
  const known = SENTENCES.find(([pattern]) => pattern.test(words));
  if (!known) question.onUnknownCode(ID, words);
  return trackingEvent({
    time: readTime(at, ZONE, /\d:\d{2}:\d{2}/.test(at) ? 'dd/MM/yyyy HH:mm:ss' : 'dd/MM/yyyy HH:mm'),
    code: sentence,
    meaning: known?.[1],
    place: null,
  });
}

function connect(given: unknown, io: CarrierIo): Track {
  const own = settings.parse(given);
  return async (number, { signal, country }) => {
    const question = { carrier: ID, number, readAt: io.now(), country, onUnknownCode: io.onUnknownCode };
    const moroccan = number.endsWith('MA') || country?.toUpperCase() === 'MA';
    if (!own.amana || !moroccan) return providerError(question, 'not_configured');
    const answer = await ask(io, request(own.baseUrl, number, signal));
    return answer.kind === 'failed' ? failed(question, answer) : parse(answer.body, question);
  };
}

export const upuS10: Carrier = {
  id: ID,
  name: 'Post',
  countries: [],
  docs: {
    url: 'https://www.upu.int/en/postal-solutions/technical-solutions/standards',
    readOn: '2026-11-23',
    confidence: 'seen in working code',
    credentials: 'None; `amana: true` asks the post of Morocco, with its permission',
    batch: 1,
    limits: 'not published',
  },
  settings,
  baseUrl: BASE,
  numbers: [
    {
      name: 'S10 postal item',
      pattern: /^[A-Z]{2}\d{9}[A-Z]{2}$/,
      check: checkDigit,
      distinctive: true,
      valid: ['QD000000014MA', 'EE123456785NG', 'CP123456785KE', 'RR000000028GH'],
      invalid: ['EE123456784NG', 'EE12345678NG', 'E1234567850NG'],
    },
  ],
  hosts: [
    'nipost.gov.ng',
    'posta.co.ke',
    'egyptpost.gov.eg',
    'barid.ma',
    'ghanapost.com.gh',
    'laposte.sn',
    'ugapost.co.ug',
    'poste.dz',
    'poste.tn',
  ],
  zone: ZONE,
  trackingPage: pageOf,
  rate: { perSecond: 1, concurrent: 1 },
  connect,
};
