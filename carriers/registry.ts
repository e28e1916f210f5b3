/**
 * Every carrier the product can ask. To add one:
 *
 * 1. `carriers/<id>.ts`: header comment (API, version, page, day read, confidence, traps) → settings → status
 *    table → request → pure `parse(body, question)` → the exported `Carrier`. Copy the shape of `aramex.ts`
 *    (key in the request) or `fedex.ts` (login token, through `session.ts`). `http.ts` has classified time-outs,
 *    refusals, limits, 5xx and broken bodies before `parse` sees anything.
 * 2. `carriers/fixtures/<id>.yml`: documented or recorded answers by case; `sandbox/carrier-fixtures.ts` describes
 *    the format, `test/carriers/conformance.test.ts` demands the cases by name.
 * 3. `sandbox/carriers/<id>.ts`: a writer of that carrier's wire format, and its line in `sandbox/carriers/writers.ts`.
 * 4. One line here.
 */
import { ameex } from './ameex.ts';
import { aramex } from './aramex.ts';
import { bosta } from './bosta.ts';
import type { Carrier } from './carrier.ts';
import { dhl } from './dhl.ts';
import { fedex } from './fedex.ts';
import { imile } from './imile.ts';
import { jtEgypt } from './jt-egypt.ts';
import { mylerz } from './mylerz.ts';
import { ozonExpress } from './ozon-express.ts';
import { sendit } from './sendit.ts';
import { ups } from './ups.ts';
import { gigl } from './gigl.ts';
import { fez } from './fez.ts';
import { sendbox } from './sendbox.ts';
import { speedaf } from './speedaf.ts';
import { pickupMtaani } from './pickup-mtaani.ts';
import { upuS10 } from './upu-s10.ts';
import { track17 } from './17track.ts';

export const CARRIERS: readonly Carrier[] = [
  dhl,
  aramex,
  fedex,
  ups,
  bosta,
  jtEgypt,
  mylerz,
  ozonExpress,
  sendit,
  ameex,
  imile,
  gigl,
  fez,
  sendbox,
  speedaf,
  pickupMtaani,
  upuS10,
  track17,
];

const BY_ID = new Map(CARRIERS.map((carrier) => [carrier.id, carrier]));

/** The carrier of this id, or undefined. */
export function carrierById(id: string): Carrier | undefined {
  return BY_ID.get(id);
}
