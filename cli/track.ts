/** `wismo track REF`: recognise and track one parcel. */
import { createHttp } from '../carriers/axios-http.ts';
import { CALL_LIMITS, createCall } from '../carriers/call.ts';
import { createLookup } from '../carriers/lookup.ts';
import { recognize } from '../carriers/recognize.ts';
import { CARRIERS, carrierById } from '../carriers/registry.ts';
import type { TrackingOutcome } from '../carriers/shipment.ts';
import { ConfigError } from '../server/config/load.ts';
import { printJson, say } from './progress.ts';
import { openSettings } from './settings.ts';

const BUDGET_MS = 15_000;

/** Returns the exit code: 0 when the parcel was found, 1 when not. */
export async function track(
  reference: string,
  options: {
    readonly config?: string;
    readonly carrier?: string;
    readonly country?: string;
    readonly json?: boolean;
  },
): Promise<number> {
  const { config, sandbox } = await openSettings(options.config);
  try {
    const configured = Object.keys(config.carriers);
    if (options.carrier && !configured.includes(options.carrier))
      throw new ConfigError([
        `--carrier: "${options.carrier}" is not configured. Configured: ${configured.join(', ')}.`,
      ]);
    const http = createHttp({ timeoutMs: CALL_LIMITS.timeoutMs });
    const io = {
      http,
      now: Date.now,
      onUnknownCode: (carrier: string, code: string) => say(`${carrier}: the code "${code}" is in no table`),
    };
    const asks = new Map(
      configured.flatMap((id) => {
        const carrier = carrierById(id);
        return carrier
          ? [[id, createCall(carrier, carrier.connect(config.carriers[id], io), Date.now)] as const]
          : [];
      }),
    );
    const hints = {
      provider: options.carrier ?? null,
      carriers: options.carrier ? [options.carrier] : configured,
      ...(options.country ? { country: options.country } : {}),
    };
    const candidates = recognize(reference, CARRIERS, hints);
    const result = await createLookup(CARRIERS, asks)(reference, hints, AbortSignal.timeout(BUDGET_MS));
    const outcome = result.kind === 'answered' ? result.answer.outcome : null;
    if (options.json)
      printJson({
        reference,
        candidates,
        ...(result.kind === 'answered' ? { outcome, stale: result.answer.stale } : { outcome: result }),
      });
    else
      show(
        reference,
        candidates.map(
          ({ carrier, checkDigit }) =>
            `${carrier}${checkDigit === 'none' ? '' : ` (check digit ${checkDigit})`}`,
        ),
        outcome,
        options.country ?? '',
      );
    if (result.kind === 'unrecognized' && result.suspect)
      say('The check digit is wrong: one character is probably mistyped. Compare it with the label.');
    if (result.kind === 'late') say(`${result.carrier} did not answer within ${BUDGET_MS / 1000} s.`);
    return outcome?.kind === 'ok' || outcome?.kind === 'registered' ? 0 : 1;
  } finally {
    await sandbox?.close();
  }
}

function show(
  reference: string,
  candidates: readonly string[],
  outcome: TrackingOutcome | null,
  country: string,
): void {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(
    `${reference}: ${candidates.length > 0 ? candidates.join(', ') : 'no carrier has numbers of this shape'}`,
  );
  if (!outcome) return;
  if (outcome.kind !== 'ok') {
    const why = outcome.kind === 'provider_error' ? ` (${outcome.reason})` : '';
    print(`${outcome.carrier}: ${outcome.kind}${why}`);
    const page = carrierById(outcome.carrier)?.trackingPage(outcome.number, country);
    return page ? print(page) : undefined;
  }
  const { shipment } = outcome;
  print(`${shipment.carrier}: ${shipment.status}${shipment.substatus ? ` (${shipment.substatus})` : ''}`);
  for (const event of shipment.events)
    print(
      `  ${event.time.local}  ${event.code.padEnd(8)} ${event.status}${event.substatus ? ` (${event.substatus})` : ''}  ${event.place ?? ''}`,
    );
  const page = carrierById(shipment.carrier)?.trackingPage(shipment.number, country);
  if (page) print(page);
}
