/** Joins the channels to the configured accounts. */
import axios from 'axios';
import http from 'node:http';
import https from 'node:https';
import type { ChannelIo, ChannelLimits, ConnectedChannel } from '../connectors/channel.ts';
import { CHANNELS } from '../connectors/registry.ts';
import { whatsapp } from '../connectors/whatsapp/channel.ts';
import type { Clock } from '../domain/time.ts';
import type { Config, MirrorMode } from './config/schema.ts';

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

/** What a channel can do; undefined for one we do not speak. */
export function channelLimits(id: string): ChannelLimits | undefined {
  return CHANNELS.find((channel) => channel.id === id)?.limits;
}

/** Every channel we speak. */
export function channelIds(): readonly string[] {
  return CHANNELS.map(({ id }) => id);
}

/** Channels that would take a repeated message twice. */
export function notIdempotent(): readonly string[] {
  return CHANNELS.filter(({ limits }) => !limits.idempotent).map(({ id }) => id);
}

/** The connection of an account on a channel; with null, the one that reads the webhook all accounts share. */
export type Connections = (channel: string, account: string | null) => ConnectedChannel | null;

/** An account is a shop, except on WhatsApp, where it is a phone number of a shop. */
export function connectChannels(config: Config, io: ChannelIo, listLabels: Labels): Connections {
  const connected = new Map<string, ConnectedChannel>();
  for (const channel of CHANNELS.filter(({ id }) => id !== whatsapp.id)) {
    for (const shop of config.shops)
      connected.set(`${channel.id} ${shop.id}`, channel.connect(settingsFor(channel.id, shop, config), io));
  }
  const numbers = config.shops.flatMap((shop) => shop.whatsapp);
  const shared = numbers.length > 0 ? connectWhatsapp(config, io, listLabels) : null;
  for (const { phoneNumberId } of shared ? numbers : [])
    if (shared) connected.set(`${whatsapp.id} ${phoneNumberId}`, shared);
  return (channel, account) =>
    account === null
      ? channel === whatsapp.id
        ? shared
        : null
      : (connected.get(`${channel} ${account}`) ?? null);
}

/** What opens a list of choices, by language. */
export type Labels = Readonly<Record<string, string>>;

function connectWhatsapp({ whatsapp: app, shops }: Config, io: ChannelIo, listLabels: Labels) {
  return whatsapp.connect({ ...app, numbers: shops.flatMap((shop) => shop.whatsapp), listLabels }, io);
}

/** The shop an account belongs to. */
export function shopOfAccount(config: Config, channel: string, account: string): string {
  if (channel !== whatsapp.id) return account;
  const owner = config.shops.find((shop) =>
    shop.whatsapp.some(({ phoneNumberId }) => phoneNumberId === account),
  );
  return owner?.id ?? account;
}

/** Whether conversations of a shop's other channels are shown to the desk. */
export function mirrorMode(config: Config, shopId: string): MirrorMode {
  return config.shops.find(({ id }) => id === shopId)?.mirror ?? config.mirror;
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
