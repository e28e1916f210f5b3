/** Joins the channels to the configured accounts. */
import axios from 'axios';
import http from 'node:http';
import https from 'node:https';
import type { ChannelIo, ConnectedChannel } from '../connectors/channel.ts';
import { CHANNELS } from '../connectors/registry.ts';
import type { Clock } from '../domain/time.ts';
import type { Config } from './config/schema.ts';

const LARGEST_ANSWER = 5_000_000;

/** The network as channels see it: keep-alive, no redirects, no proxy from the environment, every status a value. */
export function createChannelIo(now: Clock): ChannelIo {
  const client = axios.create({
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 64 }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 64 }),
    maxRedirects: 0,
    maxContentLength: LARGEST_ANSWER,
    proxy: false,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    transformRequest: (data: unknown) => data,
    validateStatus: () => true,
  });
  return {
    now,
    http: async ({ method, url, headers, body, timeoutMs }) => {
      const response = await client.request<string>({
        method,
        url,
        timeout: timeoutMs ?? 10_000,
        ...(headers ? { headers } : {}),
        ...(body === undefined ? {} : { data: body }),
      });
      const flat = Object.entries(response.headers).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]);
      return {
        status: response.status,
        headers: Object.fromEntries(flat) as Record<string, string>,
        body: response.data ?? '',
      };
    },
  };
}

export type Connections = (channel: string, account: string) => ConnectedChannel | null;

export function connectChannels(config: Config, io: ChannelIo): Connections {
  const connected = new Map<string, ConnectedChannel>();
  for (const channel of CHANNELS) {
    for (const shop of config.shops)
      connected.set(`${channel.id} ${shop.id}`, channel.connect(settingsFor(channel.id, shop, config), io));
  }
  return (channel, account) => connected.get(`${channel} ${account}`) ?? null;
}

function settingsFor(channel: string, shop: Config['shops'][number], config: Config): unknown {
  if (channel !== 'jumia') return {};
  return {
    account: shop.id,
    baseUrl: config.jumia.chatUrl,
    token: shop.chat.token,
    webhookSecrets: shop.chat.webhookSecrets,
    registrationId: shop.chat.registrationId ?? null,
  };
}
