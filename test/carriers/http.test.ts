import { expect } from 'chai';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttp } from '../../carriers/axios-http.ts';
import type { Http } from '../../carriers/carrier.ts';
import { ask, AnswerTooLarge, MAX_BODY_BYTES, readRetryAfter, requestId } from '../../carriers/http.ts';
import { NOW } from './play.ts';

const now = () => NOW;
const answering =
  (status: number, body: string, headers = {}): Http =>
  async () => ({ status, headers, body });
const request = { method: 'GET', url: 'https://carrier.example/key-123/track' } as const;
const asked = (http: Http, alsoRead: readonly number[] = []) => ask({ http, now }, request, { alsoRead });

describe('ask', () => {
  it('reads JSON of a 2xx, and of the statuses the adapter wants to see', async () => {
    expect(await asked(answering(201, '\uFEFF{"a":1}'))).to.deep.equal({
      kind: 'body',
      status: 201,
      body: { a: 1 },
    });
    expect(await asked(answering(404, '{"a":1}'), [404])).to.deep.equal({
      kind: 'body',
      status: 404,
      body: { a: 1 },
    });
  });

  const FAILURES: readonly (readonly [number, string, string])[] = [
    [200, '<html>maintenance</html>', 'malformed'],
    [200, '{"cut":', 'malformed'],
    [200, '', 'malformed'],
    [302, '{}', 'malformed'],
    [400, '{}', 'rejected'],
    [401, '{}', 'auth'],
    [403, '<html>', 'auth'],
    [404, '{}', 'rejected'],
    [408, '', 'unavailable'],
    [429, '', 'rate_limited'],
    [500, '{}', 'unavailable'],
    [503, '<html>', 'unavailable'],
  ];
  for (const [status, body, reason] of FAILURES) {
    it(`takes ${status} with ${body || 'nothing'} as ${reason}`, async () => {
      expect(await asked(answering(status, body))).to.deep.equal({ kind: 'failed', reason });
    });
  }

  it('does not take a web server’s own 404 page for an answer about the parcel', async () => {
    expect(await asked(answering(404, '<html>nginx</html>'), [404])).to.deep.equal({
      kind: 'failed',
      reason: 'rejected',
    });
  });

  it('takes a body over the limit as malformed', async () => {
    expect(await asked(answering(200, JSON.stringify('x'.repeat(MAX_BODY_BYTES))))).to.deep.equal({
      kind: 'failed',
      reason: 'malformed',
    });
    expect(await asked(() => Promise.reject(new AnswerTooLarge()))).to.deep.equal({
      kind: 'failed',
      reason: 'malformed',
    });
  });

  it('honors Retry-After of 429 and 503, and only there', async () => {
    const headers = { 'retry-after': '30' };
    expect(await asked(answering(429, '', headers))).to.deep.equal({
      kind: 'failed',
      reason: 'rate_limited',
      retryAfterMs: 30_000,
    });
    expect(await asked(answering(503, '', headers))).to.deep.equal({
      kind: 'failed',
      reason: 'unavailable',
      retryAfterMs: 30_000,
    });
    expect(await asked(answering(401, '', headers))).to.deep.equal({ kind: 'failed', reason: 'auth' });
  });
});

describe('readRetryAfter', () => {
  it('reads seconds and dates, caps them at an hour, and leaves nonsense', () => {
    const values = [
      '0',
      '120',
      '999999',
      new Date(NOW + 90_000).toUTCString(),
      new Date(NOW - 5_000).toUTCString(),
      'soon',
      '-5',
      '',
      undefined,
    ];
    expect(values.map((value) => readRetryAfter(value, now))).to.deep.equal([
      0,
      120_000,
      3_600_000,
      90_000,
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('requestId', () => {
  it('is the same for the same question and another for another', () => {
    expect(requestId('dhl', '1', 1))
      .to.match(/^[0-9a-f]{32}$/)
      .and.equal(requestId('dhl', '1', 1));
    expect(
      new Set([requestId('dhl', '1', 1), requestId('dhl', '1', 2), requestId('ups', '1', 1)]).size,
    ).to.equal(3);
  });
});

describe('createHttp', () => {
  const pool = createHttp();
  const server = createServer((incoming, response) => {
    if (incoming.url === '/redirect') return response.writeHead(302, { location: '/elsewhere' }).end('{}');
    if (incoming.url === '/large') return response.end('x'.repeat(MAX_BODY_BYTES + 1));
    if (incoming.url === '/echo') {
      incoming.setEncoding('utf8');
      let body = '';
      incoming.on('data', (part: string) => (body += part));
      incoming.on('end', () => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.writeHead(418).end(
          JSON.stringify({
            method: incoming.method,
            type: incoming.headers['content-type'],
            body,
            reused: incoming.headers['connection'],
          }),
        );
      });
      return;
    }
    incoming.socket.destroy();
  });
  let origin = '';
  before(
    (done) =>
      void server.listen(0, '127.0.0.1', () => {
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        done();
      }),
  );
  after(() => {
    pool.close();
    server.close();
  });

  it('sends the body as it is, keeps the connection, and returns every status as a value', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await pool({ method: 'POST', url: `${origin}/echo`, headers, body: '{"not":"touched"}' });
    expect([answer.status, answer.headers['set-cookie']]).to.deep.equal([418, 'a=1, b=2']);
    expect(JSON.parse(answer.body)).to.deep.equal({
      method: 'POST',
      type: 'application/x-www-form-urlencoded',
      body: '{"not":"touched"}',
      reused: 'keep-alive',
    });
  });

  it('follows no redirect', async () => {
    expect(await pool({ method: 'GET', url: `${origin}/redirect` })).to.include({ status: 302, body: '{}' });
  });

  it('refuses to read an endless body', async () => {
    const failure = await pool({ method: 'GET', url: `${origin}/large` }).then(
      () => 'read',
      (error: unknown) => (error as { code: string }).code,
    );
    expect(failure).to.equal('ANSWER_TOO_LARGE');
  });

  it('tells no URL and no header in its errors', async () => {
    const failure = await pool({
      method: 'GET',
      url: `${origin}/key-123`,
      headers: { authorization: 'Bearer secret-1' },
    }).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(failure).to.include({ name: 'NoAnswer', code: 'ECONNRESET' });
    const everything = JSON.stringify(failure, Object.getOwnPropertyNames(failure ?? {}));
    expect(everything).not.to.match(/key-123|secret-1|127\.0\.0\.1/);
    expect(failure?.cause).to.equal(undefined);
  });

  it('rejects with an abort when the signal has fired', async () => {
    const failure = await pool({ method: 'GET', url: `${origin}/echo`, signal: AbortSignal.abort() }).then(
      () => null,
      (error: unknown) => (error as Error).name,
    );
    expect(failure).to.equal('AbortError');
  });
});
