import { expect } from 'chai';
import fc from 'fast-check';
import { parseWebhook } from '../connectors/jumia/parse.ts';
import { readItems, readStatus, toOrder } from '../connectors/jumia/vendor-orders.ts';
import { clip, toPlainText } from '../connectors/plain-text.ts';
import { signStandard, verifyStandard } from '../connectors/signature.ts';

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const T = 1_767_225_600;

describe('signatures', () => {
  const body = Buffer.from('{"event":"ping"}');
  const signature = 'v1,HNaSH06xEeIGbB2tTu8DAgNUyWBcjFUMX7/TvpzDfzE=';
  const headers = {
    'webhook-id': 'msg_test_1',
    'webhook-timestamp': String(T),
    'webhook-signature': signature,
  };

  it('agrees with the published vector of Standard Webhooks', () => {
    expect(signStandard(SECRET, 'msg_test_1', T, body)).to.equal(signature);
    expect(verifyStandard({ headers, body }, [SECRET], T * 1000)).to.deep.equal({ kind: 'genuine' });
  });

  it('takes any of several secrets and signatures', () => {
    const rotating = { ...headers, 'webhook-signature': `v1,AAAA ${signature}` };
    expect(verifyStandard({ headers: rotating, body }, ['whsec_AAAA', SECRET], T * 1000).kind).to.equal(
      'genuine',
    );
  });

  it('refuses another body, another secret, an old and a future time, and missing headers', () => {
    const refused = (change: object, secret = SECRET, now = T * 1000) =>
      verifyStandard({ headers, body, ...change }, [secret], now).kind;
    expect(refused({ body: Buffer.from('{"event":"pong"}') })).to.equal('refused');
    expect(refused({}, 'whsec_AAAA')).to.equal('refused');
    expect(refused({}, SECRET, (T + 301) * 1000)).to.equal('refused');
    expect(refused({}, SECRET, (T - 301) * 1000)).to.equal('refused');
    expect(refused({ headers: {} })).to.equal('refused');
  });
});

describe('the marketplace chat', () => {
  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        ['parsed', 'malformed'].includes(parseWebhook(Buffer.from(bytes), 'shop-1', 'w', 0).kind),
      ),
      { seed: 3 },
    );
    fc.assert(
      fc.property(fc.json(), (json) =>
        ['parsed', 'malformed'].includes(parseWebhook(Buffer.from(json), 'shop-1', 'w', 0).kind),
      ),
      { seed: 3 },
    );
  });

  it('keeps events it does not know as ignored', () => {
    const event = { type: 'message.deleted', timestamp: '2026-11-03T10:00:00Z', data: {} };
    expect(parseWebhook(Buffer.from(JSON.stringify(event)), 'shop-1', 'w', 0)).to.deep.equal({
      kind: 'parsed',
      inbound: [{ kind: 'ignored', why: 'message.deleted' }],
    });
  });

  it('numbers the choices where nothing can be pressed, and cuts long text between words', () => {
    const reply = {
      purpose: 'reply' as const,
      text: 'Which?',
      choices: [
        { id: 'a', title: 'This' },
        { id: 'b', title: 'That' },
      ],
      facts: [],
    };
    expect(toPlainText(reply)).to.equal('Which?\n\n1. This\n2. That');
    expect(clip('one two three', 9)).to.equal('one two…');
  });
});

describe('orders of Vendor Center', () => {
  it('reads items as an array and as one object', () => {
    const one = { orderId: 'o-1', items: [{ id: 1, status: 'SHIPPED' }] };
    expect(readItems([one])).to.deep.equal(readItems(one));
  });

  it('reads every spelling of a status and keeps an unknown one', () => {
    expect(
      ['READY_TO_SHIP', 'Ready To Ship', 'ready_to_ship', 'CANCELED', 'Cancelled', 'moon'].map(readStatus),
    ).to.deep.equal(['ready_to_ship', 'ready_to_ship', 'ready_to_ship', 'canceled', 'canceled', 'unknown']);
  });

  it('keeps of the address only what a check compares, and treats empty strings as absent', () => {
    const address = {
      firstName: 'Ada',
      lastName: 'O.',
      city: 'Lagos',
      address: '1 Secret Street',
      phone: '0803',
    };
    const [items] = readItems([
      {
        orderId: 'o-1',
        items: [
          { id: 'i-1', status: 'SHIPPED', trackingNumber: '', trackingUrl: '', product: { name: 'Kettle' } },
        ],
      },
    ]);
    const order = toOrder(
      { id: 'o-1', number: '338000001', shippingAddress: address },
      items,
      { id: 'shop-1', country: 'NG' },
      5,
    );
    expect(JSON.stringify(order)).to.not.include('Secret').and.not.include('0803');
    expect(order.items[0]).to.include({
      name: 'Kettle',
      status: 'shipped',
      trackingNumber: null,
      trackingUrl: null,
    });
    expect(order.check).to.deep.equal({ firstName: 'Ada', lastName: 'O.', city: 'Lagos' });
  });
});
