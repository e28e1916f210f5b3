import { Socket } from 'node:net';
import { expect } from 'chai';
import type { Config } from '../../server/config/schema.ts';
import type { Running } from '../running.ts';
import { startRunning } from '../running.ts';

type Connect = typeof Socket.prototype.connect;

/** Host and port of a call to `connect`, in any of its forms; null for pipes. */
function targetOf(args: readonly unknown[]): string | null {
  const first = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
  if (typeof first === 'number') return `${typeof args[1] === 'string' ? args[1] : 'localhost'}:${first}`;
  const { host, port, path } = first as { host?: string; port?: number | string; path?: string };
  return port === undefined && path !== undefined ? null : `${host ?? 'localhost'}:${port ?? ''}`;
}

/** Every address a socket of this process was opened to. */
function watchSockets(): { readonly seen: Set<string>; readonly stop: () => void } {
  const seen = new Set<string>();
  const connect = Object.getOwnPropertyDescriptor(Socket.prototype, 'connect')?.value as Connect;
  Socket.prototype.connect = function (this: Socket, ...args: Parameters<Connect>) {
    const target = targetOf(args);
    if (target) seen.add(target);
    return connect.apply(this, args);
  } as Connect;
  return {
    seen,
    stop: () => {
      Socket.prototype.connect = connect;
    },
  };
}

const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
};

/** All addresses the configuration names: docs/security.md lists them for an operator's firewall. */
function configuredHosts(config: Config): Set<string> {
  const { vendorUrl, tokenUrl, chatUrl } = config.jumia;
  const carriers = Object.values(config.carriers).map(({ baseUrl }) => baseUrl);
  const urls = [
    vendorUrl,
    tokenUrl,
    chatUrl,
    config.whatsapp.graphUrl,
    config.databaseUrl,
    config.redisUrl,
    ...carriers,
  ];
  return new Set(urls.filter((url) => typeof url === 'string').map(hostOf));
}

describe('the network, during conversations in the sandbox', function () {
  this.timeout(60_000);
  let running: Running;
  let sockets: ReturnType<typeof watchSockets>;
  before(async () => {
    sockets = watchSockets();
    running = await startRunning();
  });
  after(async () => {
    sockets.stop();
    await running.stop();
  });

  it('is used for configured addresses only', async () => {
    await running.say('c-egress', 'where is my order 338000001');
    await running.say('c-egress-2', 'where is my order 355000001', { shop: 'shop-2' });
    await running.say('c-egress-3', 'I want to talk to a person');
    await running.product.catchUp();
    for (const conversation of ['c-egress', 'c-egress-2', 'c-egress-3'])
      await running.answers(conversation, 1);
    const own = hostOf(running.address);
    const seen = [...sockets.seen].filter((host) => host !== own);
    const allowed = configuredHosts(running.config);
    expect(seen.filter((host) => !allowed.has(host))).to.deep.equal([]);
    for (const url of [
      running.config.jumia.vendorUrl,
      running.config.jumia.chatUrl,
      running.config.carriers['dhl']?.['baseUrl'],
    ])
      expect(seen).to.include(hostOf(String(url)));
  });

  it('would be seen if it were used for another', async () => {
    await fetch('http://127.0.0.1:59998/').catch(() => null);
    expect([...sockets.seen]).to.include('127.0.0.1:59998');
    expect(configuredHosts(running.config).has('127.0.0.1:59998')).to.equal(false);
  });
});
