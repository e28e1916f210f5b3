/** A client that costs little: prepared requests over kept-alive sockets, so that the server is what is measured. */
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type Signed = { readonly id: string; readonly bytes: Buffer };

const FILLER = 'Please tell me, I have been waiting and the box is a present for my sister. '.repeat(8);

/** A webhook as the marketplace signs it, as the bytes of a request; about 1.2 kB. */
export function signedMessage(options: {
  readonly secret: string;
  readonly shop: string;
  readonly conversation: string;
  readonly text: string;
  readonly order?: string;
  readonly long?: boolean;
}): Signed {
  const { secret, shop, conversation, text, order, long } = options;
  const id = randomUUID();
  const now = Date.now();
  const body = JSON.stringify({
    type: 'message.created',
    timestamp: new Date(now).toISOString(),
    data: {
      account_id: shop,
      country: 'NG',
      conversation_id: conversation,
      message_id: id,
      sender: { role: 'customer', id: `u-${conversation}`, display_name: 'Ada' },
      sent_at: new Date(now).toISOString(),
      content: { type: 'text', text: long ? `${text} ${FILLER}` : text },
      context: { order_number: order ?? null, locale: 'en-NG' },
    },
  });
  const stamp = String(Math.floor(now / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
  const head = [
    `POST /webhooks/jumia/${shop} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `webhook-id: ${id}`,
    `webhook-timestamp: ${stamp}`,
    `webhook-signature: v1,${signature}`,
  ];
  return { id, bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`) };
}

export type Connection = { readonly post: (bytes: Buffer) => Promise<number>; readonly close: () => void };

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** One kept-alive connection; one request at a time. Resolves with the status. */
export async function open(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let pending: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null;
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = received.length > 0 ? Buffer.concat([received, chunk]) : chunk;
    const status = wholeAnswer(received);
    if (status === null) return;
    received = Buffer.alloc(0);
    pending?.resolve(status);
  });
  const fail = (error?: Error): void => pending?.reject(error ?? new Error('The connection was closed.'));
  socket.on('error', fail);
  socket.on('close', () => fail());
  return { post: (bytes) => ask(socket, bytes, (one) => (pending = one)), close: () => socket.destroy() };
}

function ask(
  socket: Socket,
  bytes: Buffer,
  wait: (pending: { resolve: (status: number) => void; reject: (error: Error) => void }) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Error('The server closed the connection.'));
    wait({ resolve, reject });
    socket.write(bytes);
  });
}

/** The status once the whole answer is there. */
function wholeAnswer(received: Buffer): number | null {
  const end = received.indexOf(END_OF_HEAD);
  if (end < 0) return null;
  const head = received.subarray(0, end).toString('latin1');
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return received.length >= end + END_OF_HEAD.length + length ? Number(head.slice(9, 12)) : null;
}

/** Sends all over `connections` at once; returns requests a second. Every answer must be 200. */
export async function rate(port: number, requests: readonly Signed[], connections: number): Promise<number> {
  const opened = await Promise.all(Array.from({ length: connections }, () => open(port)));
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    opened.map(async (connection) => {
      for (;;) {
        const request = requests[next];
        next += 1;
        if (!request) return;
        const status = await connection.post(request.bytes);
        if (status !== 200) throw new Error(`A webhook was answered with ${status}.`);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of opened) connection.close();
  return requests.length / seconds;
}
