/** What an adapter asks, without a network: each request as it would leave, answered by `answers` in turn. */
import type { Carrier, HttpRequest, HttpResponse } from '../../carriers/carrier.ts';
import { NOW } from './play.ts';

export type Sent = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

export async function asked(
  carrier: Carrier,
  settings: unknown,
  number: string,
  country?: string,
  answers: readonly HttpResponse[] = [],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const track = carrier.connect(settings, {
    http: async ({ method, url, headers, body }) => {
      sent.push({ method, url, headers: { ...headers }, body });
      return answers[sent.length - 1] ?? { status: 404, headers: {}, body: '' };
    },
    now: () => NOW,
    onUnknownCode: () => undefined,
  });
  await track(number, {
    signal: new AbortController().signal,
    ...(country === undefined ? {} : { country }),
  });
  return sent;
}
