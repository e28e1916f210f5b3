/**
 * What anybody would write first: Express 5, the same signature check, one durable insert a request, no batching. The
 * accept path of the product is measured against it. Prints its port; ends with its parent.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import express from 'express';

const [folder = '.', secret = ''] = process.argv.slice(2);
const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
const database = new Sqlite(join(folder, 'floor.sqlite'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec('create table message (seq integer primary key, id text unique, body text, at integer)');
const insert = database.prepare(
  'insert into message (id, body, at) values (?, ?, ?) on conflict (id) do nothing',
);

const app = express();
app.disable('x-powered-by');
app.post('/webhooks/jumia/:shop', express.raw({ type: () => true }), (request, response) => {
  const body = request.body as Buffer;
  const id = String(request.headers['webhook-id']);
  const signed = `${id}.${String(request.headers['webhook-timestamp'])}.`;
  const given = Buffer.from(String(request.headers['webhook-signature']).slice('v1,'.length), 'base64');
  const own = createHmac('sha256', key).update(signed).update(body).digest();
  if (given.length !== own.length || !timingSafeEqual(given, own)) return void response.sendStatus(401);
  const event = JSON.parse(body.toString('utf8')) as { data: { message_id: string } };
  insert.run(event.data.message_id, JSON.stringify(event), Date.now());
  response.status(200).json({ received: true });
});
const server = createServer(app);
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
process.on('disconnect', () => process.exit(0));
