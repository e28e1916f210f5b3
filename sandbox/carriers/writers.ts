/** The carriers the sandbox can play, one line each. */
import { ameex } from './ameex.ts';
import { aramex } from './aramex.ts';
import { bosta } from './bosta.ts';
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
import type { CarrierWriter } from './writer.ts';

export const WRITERS: readonly CarrierWriter[] = [
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
