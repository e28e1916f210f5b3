import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ChannelIo, Inbound, Outgoing, Recipient, SendOutcome } from '../../connectors/channel.ts';
import { whatsapp } from '../../connectors/whatsapp/channel.ts';
import { KNOWN_CODES, knownError } from '../../connectors/whatsapp/errors.ts';
import { parseWebhook } from '../../connectors/whatsapp/parse.ts';
import { LIMITS, render, shorten } from '../../connectors/whatsapp/render.ts';
import type { Reply } from '../../domain/reply.ts';
import { check } from '../../sandbox/whatsapp-rules.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { readSentences } from '../../server/sentences.ts';

const NOW = 1_767_225_700_000;
const W =
  '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[{"from":"2348000000001","id":"wamid.TEST1","timestamp":"1767225600","type":"text","text":{"body":"Où est mon colis ? 📦"}}]}}]}]}';

const SETTINGS = {
  appSecrets: ['new-secret', 'app-secret-test'],
  verifyToken: 'verify-me',
  graphUrl: 'https://graph.test',
  version: 'v26.0',
  numbers: [
    {
      phoneNumberId: 'PN1',
      token: 't-1',
      templates: { order_update: { en: { name: 'order_news', language: 'en_GB' } } },
    },
  ],
  listLabels: { en: 'Choose', fr: 'Choisir' },
};

type Answer = { readonly status: number; readonly body: unknown } | Error;
type Call = { readonly url: string; readonly headers: unknown; readonly body: Record<string, unknown> };

function connected(answers: readonly Answer[] = [], clock = { now: NOW }) {
  const calls: Call[] = [];
  const left = [...answers];
  const http: ChannelIo['http'] = ({ url, headers, body }) => {
    calls.push({ url, headers, body: JSON.parse(body ?? '{}') as Record<string, unknown> });
    const answer = left.shift() ?? { status: 200, body: { messages: [{ id: 'wamid.OUT' }] } };
    if (answer instanceof Error) return Promise.reject(answer);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    return Promise.resolve({ status: answer.status, headers: {}, body: text });
  };
  return { channel: whatsapp.connect(SETTINGS, { http, now: () => clock.now }), calls, clock };
}

const aReply = (change: Partial<Reply> = {}): Reply => ({
  purpose: 'reply',
  text: 'Hello',
  facts: [],
  ...change,
});
const outgoing = (change: Partial<Outgoing> = {}): Outgoing => ({
  clientMessageId: 'm_1',
  account: 'PN1',
  conversation: '2348000000001',
  customer: '2348000000001',
  replyTo: null,
  reply: aReply(),
  lang: 'en',
  slaCounted: true,
  ...change,
});
const heard = (lastHeardAt: number | null, ...addresses: Recipient['addresses']): Recipient => ({
  lastHeardAt,
  addresses,
});
const graphError = (code: number, status = 400): Answer => ({
  status,
  body: { error: { code, message: 'no' } },
});
const broken = (code: string): Error => Object.assign(new Error(code), { code });

describe('signatures of WhatsApp', () => {
  const verify = (body: string, signature: string | undefined, secrets = SETTINGS.appSecrets): string =>
    whatsapp
      .connect(
        { ...SETTINGS, appSecrets: secrets },
        { http: () => Promise.reject(new Error()), now: () => NOW },
      )
      .verify({ account: null, headers: { 'x-hub-signature-256': signature }, body: Buffer.from(body) }).kind;
  const PING = '{"event":"ping"}';
  const OF_PING = 'sha256=fd52580c29bb9e9d8ec9dffd62c032369c01f15fe47a8d0d033c1a38778c1dde';
  const OF_W = 'sha256=285f921f2aa62f0a77baf3dde6984832b0ed69fddd4532dcbf69c0273875aeed';

  it('agrees with the test vectors, over the bytes of accents and emoji', () => {
    expect(Buffer.byteLength(W)).to.equal(241);
    expect(verify(PING, OF_PING, ['app-secret-test'])).to.equal('genuine');
    expect(verify(W, OF_W, ['app-secret-test'])).to.equal('genuine');
  });

  it('takes any of several app secrets', () => {
    expect(verify(PING, OF_PING)).to.equal('genuine');
    expect(verify(PING, OF_PING.toUpperCase().replace('SHA256', 'sha256'))).to.equal('genuine');
  });

  it('refuses another body, another secret, no signature and rubbish', () => {
    expect(verify('{"event":"pong"}', OF_PING)).to.equal('refused');
    expect(verify(PING, OF_PING, ['other'])).to.equal('refused');
    for (const signature of [
      undefined,
      '',
      'sha256=',
      OF_PING.slice(0, -2),
      OF_PING.replace('sha256', 'sha1'),
      'é',
    ])
      expect(verify(PING, signature), signature).to.equal('refused');
  });
});

describe('webhooks of WhatsApp', () => {
  const parse = (json: unknown): readonly Inbound[] => {
    const bytes = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
    const parsed = parseWebhook(bytes, { numbers: new Set(['PN1', 'PN2']), now: NOW });
    if (parsed.kind !== 'parsed') throw new Error(parsed.why);
    return parsed.inbound;
  };
  const change = (value: object, number = 'PN1') => ({
    field: 'messages',
    value: { messaging_product: 'whatsapp', metadata: { phone_number_id: number }, ...value },
  });
  const hook = (...entries: readonly (readonly object[])[]) => ({
    object: 'whatsapp_business_account',
    entry: entries.map((changes) => ({ id: 'WABA1', changes })),
  });
  const ADA = { profile: { name: 'Ada', username: 'ada.o' }, wa_id: '2348000000001', user_id: 'NG.1' };
  const message = (content: object) => ({
    from: '2348000000001',
    from_user_id: 'NG.1',
    id: 'wamid.A1',
    timestamp: '1767225600',
    ...content,
  });
  const contentOf = (content: object): unknown => {
    const [one] = parse(hook([change({ contacts: [ADA], messages: [message(content)] })]));
    return one?.kind === 'message' ? one.message.content : one;
  };

  it('reads who wrote, when and in answer to what', () => {
    const context = { id: 'wamid.B0' };
    const [one] = parse(
      hook([
        change({ contacts: [ADA], messages: [message({ type: 'text', text: { body: 'Hi' }, context })] }),
      ]),
    );
    expect(one).to.deep.equal({
      kind: 'message',
      message: {
        id: 'wamid.A1',
        channel: 'whatsapp',
        account: 'PN1',
        conversation: 'NG.1',
        from: {
          role: 'customer',
          id: 'NG.1',
          name: 'Ada',
          addresses: [
            { kind: 'id', value: 'NG.1' },
            { kind: 'phone', value: '2348000000001' },
          ],
        },
        content: { kind: 'text', text: 'Hi' },
        sentAt: 1_767_225_600_000,
        receivedAt: NOW,
        context: { replyTo: 'wamid.B0' },
      },
    });
  });

  it('knows a customer by phone alone, by user id alone, and by the contact when the message names nobody', () => {
    const text = { id: 'wamid.A', timestamp: '1', type: 'text', text: { body: 'Hi' } };
    const from = (who: object, contacts: object[] = []): unknown => {
      const [one] = parse(hook([change({ contacts, messages: [{ ...text, ...who }] })]));
      return one?.kind === 'message' ? one.message.conversation : one?.kind;
    };
    expect(from({ from: '234800' })).to.equal('234800');
    expect(from({ from_user_id: 'NG.2' })).to.equal('NG.2');
    expect(from({ from: '2348000000001' }, [{ wa_id: '1', user_id: 'NG.9' }, ADA])).to.equal('NG.1');
    expect(from({}, [ADA])).to.equal('NG.1');
    expect(from({})).to.equal('alert');
    expect(from({}, [ADA, { wa_id: '1' }])).to.equal('alert');
  });

  it('reads every type of content', () => {
    expect(
      contentOf({
        type: 'interactive',
        interactive: { type: 'button_reply', button_reply: { id: 'b', title: 'B' } },
      }),
    ).to.deep.equal({ kind: 'choice', id: 'b', title: 'B' });
    expect(
      contentOf({
        type: 'interactive',
        interactive: {
          type: 'list_reply',
          list_reply: { id: 'intent:track_order', title: 'Track my order', description: 'x' },
        },
      }),
    ).to.deep.equal({ kind: 'choice', id: 'intent:track_order', title: 'Track my order' });
    expect(
      contentOf({
        type: 'interactive',
        interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{}' } },
      }),
    ).to.deep.equal({ kind: 'choice', id: 'form:flow', title: 'Sent' });
    expect(contentOf({ type: 'button', button: { text: 'Yes', payload: 'affirm' } })).to.deep.equal({
      kind: 'choice',
      id: 'affirm',
      title: 'Yes',
    });
    expect(contentOf({ type: 'button', button: { text: 'Yes' } })).to.deep.equal({
      kind: 'choice',
      id: 'Yes',
      title: 'Yes',
    });
    expect(
      contentOf({
        type: 'location',
        location: { latitude: '6.5', longitude: 3.4, name: 'Shop', address: '1 Street' },
      }),
    ).to.deep.equal({ kind: 'location', latitude: 6.5, longitude: 3.4, label: 'Shop, 1 Street' });
    expect(
      contentOf({ type: 'image', image: { id: 'media-1', caption: 'Broken', mime_type: 'image/jpeg' } }),
    ).to.deep.equal({ kind: 'media', media: 'image', ref: 'media-1', caption: 'Broken' });
    expect(contentOf({ type: 'audio', audio: { id: 'media-2', voice: true } })).to.deep.equal({
      kind: 'media',
      media: 'audio',
      ref: 'media-2',
    });
    expect(contentOf({ type: 'video', video: { id: 'm' } })).to.include({ media: 'video' });
    expect(contentOf({ type: 'document', document: { id: 'm' } })).to.include({ media: 'file' });
    expect(contentOf({ type: 'sticker', sticker: { id: 'm' } })).to.include({ media: 'sticker' });
    expect(contentOf({ type: 'contacts', contacts: [{}] })).to.deep.equal({
      kind: 'unsupported',
      what: 'contacts',
      raw: '[{}]',
    });
    expect(contentOf({ type: 'order', order: { catalog_id: 'c' } })).to.deep.equal({
      kind: 'unsupported',
      what: 'order',
      raw: '{"catalog_id":"c"}',
    });
    expect(
      contentOf({ type: 'unsupported', errors: [{ code: 131051 }], unsupported: { type: 'edit' } }),
    ).to.include({ kind: 'unsupported', what: 'edit' });
    expect(contentOf({ type: 'hologram', hologram: { id: 1 } })).to.deep.equal({
      kind: 'unsupported',
      what: 'hologram',
      raw: '{"id":1}',
    });
    expect(contentOf({ type: 'text', text: { body: '  ' } })).to.include({
      kind: 'unsupported',
      what: 'text',
    });
    expect(contentOf({ type: 'image', image: {} })).to.include({ kind: 'unsupported', what: 'image' });
    expect(contentOf({ type: 'reaction', reaction: { message_id: 'x' } })).to.deep.equal({
      kind: 'ignored',
      why: 'reaction',
    });
    expect(contentOf({ type: 'text', text: { body: 'Hi' }, group_id: 'G' })).to.deep.equal({
      kind: 'ignored',
      why: 'group message',
    });
    for (const type of ['constructor', 'toString', 'valueOf'])
      expect(contentOf({ type, [type]: { id: 'm' } }), type).to.include({ kind: 'unsupported', what: type });
  });

  it('tells of a new number and of a new user id', () => {
    const system = (content: object, who: object = { from: '2341' }): unknown =>
      parse(
        hook([
          change({
            messages: [{ ...who, id: 'wamid.S', timestamp: '1767225600', type: 'system', system: content }],
          }),
        ]),
      )[0];
    const base = { kind: 'identity', id: 'wamid.S', account: 'PN1', at: 1_767_225_600_000 };
    expect(
      system({ type: 'user_changed_number', body: 'User Ada changed from 2341 to 2342', wa_id: '2342' }),
    ).to.deep.equal({
      ...base,
      before: [{ kind: 'phone', value: '2341' }],
      now: [{ kind: 'phone', value: '2342' }],
    });
    expect(
      system(
        { type: 'user_changed_user_id', body: 'User Ada changed from NG.1 to NG.2', user_id: 'NG.2' },
        {},
      ),
    ).to.deep.equal({
      ...base,
      before: [{ kind: 'id', value: 'NG.1' }],
      now: [{ kind: 'id', value: 'NG.2' }],
    });
    expect(system({ type: 'customer_identity_changed' })).to.deep.equal({
      kind: 'ignored',
      why: 'system customer_identity_changed',
    });
  });

  it('reads statuses with our own id, and what may be done about a failure', () => {
    const status = (content: object): unknown =>
      parse(
        hook([
          change({
            statuses: [
              {
                id: 'wamid.O',
                timestamp: '1767225600',
                recipient_id: '234',
                biz_opaque_callback_data: 'm_1',
                ...content,
              },
            ],
          }),
        ]),
      )[0];
    const base = {
      kind: 'status',
      account: 'PN1',
      conversation: '234',
      messageId: 'wamid.O',
      clientMessageId: 'm_1',
      at: 1_767_225_600_000,
    };
    expect(status({ status: 'delivered' })).to.deep.equal({ ...base, status: 'delivered', error: null });
    expect(status({ status: 'played' })).to.deep.equal({ ...base, status: 'read', error: null });
    expect(status({ status: 'failed', errors: [{ code: 131047, title: 'x' }] }))
      .to.deep.include({ status: 'failed' })
      .and.to.have.nested.property('error.resend', 'outside_window');
    expect(status({ status: 'failed', errors: [{ code: 131026 }] }))
      .to.have.deep.property('error')
      .that.deep.includes({ code: '131026', retryable: false });
    expect(status({ status: 'failed', errors: [{ code: '131000' }] })).to.have.nested.property(
      'error.resend',
      'as_is',
    );
    expect(status({ status: 'failed' })).to.have.nested.property('error.code', 'failed');
    expect(status({ status: 'warning' })).to.deep.equal({ kind: 'ignored', why: 'status warning' });
  });

  it('returns everything in order: entries, changes, messages, statuses and account errors of several numbers', () => {
    const text = (id: string) => ({ ...message({ type: 'text', text: { body: id } }), id });
    const inbound = parse(
      hook(
        [
          change({ contacts: [ADA], messages: [text('1'), { nonsense: true }, text('2')] }),
          change(
            {
              statuses: [
                { id: 's1', status: 'sent', timestamp: '1' },
                null,
                { id: 's2', status: 'read', timestamp: '1' },
              ],
            },
            'PN2',
          ),
        ],
        [
          change({ errors: [{ code: 131031, title: 'Account locked' }] }),
          { field: 'account_update', value: {} },
          'rubbish' as never,
        ],
        [change({ messages: [text('3')] }, 'PN9'), change({ messages: [text('4')] })],
      ),
    );
    const shown = inbound.map((one) => {
      switch (one.kind) {
        case 'message':
          return one.message.id;
        case 'status':
          return `${one.account} ${one.messageId} ${one.status}`;
        case 'alert':
          return `alert ${one.code}`;
        default:
          return one.kind;
      }
    });
    expect(shown).to.deep.equal([
      '1',
      'alert unreadable',
      '2',
      'PN2 s1 sent',
      'alert unreadable',
      'PN2 s2 read',
      'alert 131031',
      'ignored',
      'alert unreadable',
      'alert unknown_number',
      '4',
    ]);
  });

  it('keeps out what is no webhook of WhatsApp', () => {
    expect(parse({ object: 'page', entry: [] })).to.deep.equal([{ kind: 'ignored', why: 'object page' }]);
    const kind = (body: Buffer): string => parseWebhook(body, { numbers: new Set(), now: NOW }).kind;
    expect(kind(Buffer.from('{'))).to.equal('malformed');
    expect(kind(Buffer.from([0xff, 0xfe]))).to.equal('malformed');
    expect(kind(Buffer.from('[]'))).to.equal('malformed');
  });

  it('never throws and never loses the message beside it, whatever the bytes and shapes', () => {
    const safe = (body: Buffer): boolean =>
      ['parsed', 'malformed'].includes(parseWebhook(body, { numbers: new Set(['PN1']), now: NOW }).kind);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => safe(Buffer.from(bytes))),
      { seed: 5 },
    );
    const type = fc.oneof(
      fc.constantFrom(
        'text',
        'interactive',
        'button',
        'location',
        'image',
        'audio',
        'system',
        'reaction',
        'order',
        'unsupported',
      ),
      fc.string(),
    );
    const rubbish = fc.record(
      {
        id: fc.jsonValue(),
        type,
        from: fc.jsonValue(),
        timestamp: fc.jsonValue(),
        text: fc.jsonValue(),
        interactive: fc.jsonValue(),
        button: fc.jsonValue(),
        location: fc.jsonValue(),
        image: fc.jsonValue(),
        system: fc.jsonValue(),
        context: fc.jsonValue(),
        group_id: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rubbish, fc.jsonValue(), fc.jsonValue(), (one, contacts, status) => {
        const good = message({ type: 'text', text: { body: 'Hi' } });
        const inbound = parse(
          hook([
            change({ messages: [one, good] }),
            change({ statuses: [status] }),
            change({ contacts, messages: [good] }),
            change({ contacts: [contacts], messages: [good] }),
          ]),
        );
        return (
          inbound.filter((each) => each.kind === 'message' && each.message.id === 'wamid.A1').length >= 2
        );
      }),
      { seed: 5, numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (json) => safe(Buffer.from(JSON.stringify(hook([json as object]))))),
      { seed: 5 },
    );
  });
});

describe('the verification of WhatsApp', () => {
  const answer = (query: Record<string, unknown>): string | null | undefined =>
    connected().channel.handshake?.(query);
  const good = { 'hub.mode': 'subscribe', 'hub.verify_token': 'verify-me', 'hub.challenge': '42' };

  it('gives the challenge back for the right token only', () => {
    expect(answer(good)).to.equal('42');
    expect(answer({ ...good, 'hub.verify_token': 'verify-mE' })).to.equal(null);
    expect(answer({ ...good, 'hub.verify_token': ['verify-me', 'x'] })).to.equal(null);
    expect(answer({ ...good, 'hub.mode': 'other' })).to.equal(null);
    expect(answer({})).to.equal(null);
    expect(answer({ hub: { mode: 'subscribe', verify_token: 'verify-me', challenge: '42' } })).to.equal(null);
  });
});

describe('replies on WhatsApp', () => {
  const choices = (...titles: string[]) => titles.map((title, index) => ({ id: `id-${index}`, title }));
  const withinLimits = (reply: Reply, label = 'Choose'): number => {
    const bodies = render(reply, label);
    for (const body of bodies) {
      const envelope = { messaging_product: 'whatsapp', to: '1', ...body };
      expect(check(envelope, new Set()), JSON.stringify(body)).to.equal(null);
    }
    return bodies.length;
  };

  it('become text, buttons, a list or numbered lines, by what there is to choose', () => {
    const type = (...titles: string[]): unknown => {
      const [body] = render(aReply({ choices: choices(...titles) }), 'Choose');
      return body?.type === 'interactive' ? body.interactive.type : body?.text.body;
    };
    expect(type()).to.equal('Hello');
    expect(type('Yes', 'No')).to.equal('button');
    expect(type('A', 'B', 'C', 'D')).to.equal('list');
    expect(type('Yes', 'Yes')).to.equal('list');
    expect(type('A title of 21 letters', 'No')).to.equal('list');
    expect(type(...Array.from({ length: 11 }, (_, index) => `Choice ${index}`))).to.match(
      /\n1\. Choice 0\n[^]*\n11\. Choice 10$/,
    );
  });

  it('leave out what cannot be pressed: an id that is too long or empty, a title without a letter, the same id twice', () => {
    const ids = ['x'.repeat(201), ' ', ' a ', 'a', 'b'];
    const offered = ids.map((id, index) => ({ id, title: `Title ${index}` }));
    const [body] = render(aReply({ choices: [...offered, { id: 'c', title: ' ' }] }), 'Choose');
    expect(body)
      .to.have.nested.property('interactive.action.buttons')
      .that.deep.equals([
        { type: 'reply', reply: { id: 'a', title: 'Title 2' } },
        { type: 'reply', reply: { id: 'b', title: 'Title 4' } },
      ]);
  });

  it('shorten a long title and show it in full below', () => {
    const [body] = render(
      aReply({ choices: choices('Samsung Galaxy A15 128 GB, dark blue', 'No') }),
      'Choose',
    );
    expect(body)
      .to.have.nested.property('interactive.action.sections[0].rows')
      .that.deep.equals([
        { id: 'id-0', title: 'Samsung Galaxy A15 128…', description: 'Samsung Galaxy A15 128 GB, dark blue' },
        { id: 'id-1', title: 'No' },
      ]);
    expect(shorten('Donaudampfschifffahrtsgesellschaft', 24)).to.equal('Donaudampfschifffahrtsg…');
    expect(shorten('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 20)).to.equal('👨‍👩‍👧👨‍👩‍👧…');
  });

  it('give up the history before they become two messages, and keep the question at the buttons', () => {
    const timeline = Array.from({ length: 6 }, (_, index) => ({
      label: 'on its way'.padEnd(60, '.'),
      current: index === 5,
    }));
    const fitting = aReply({ text: 'x'.repeat(900), timeline, choices: choices('Yes') });
    expect(render(fitting, 'Choose')).to.have.length(1);
    const long = `${'A line of the answer.\n'.repeat(60)}\nDid that help?`;
    const bodies = render(aReply({ text: long, choices: choices('Yes', 'No') }), 'Choose');
    expect(bodies.map(({ type }) => type)).to.deep.equal(['text', 'interactive']);
    expect(bodies[1]).to.have.nested.property('interactive.body.text', 'Did that help?');
    expect(render(aReply({ text: long }), 'Choose')).to.have.length(1);
  });

  it('never exceed a limit and never lose a word, whatever is said', () => {
    const text = fc.oneof(fc.string({ maxLength: 9_000, unit: 'grapheme' }), fc.lorem({ maxCount: 900 }));
    const many = fc.uniqueArray(
      fc.record({ id: fc.string({ maxLength: 40 }), title: fc.string({ maxLength: 90, unit: 'grapheme' }) }),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(text, many, (said, offered) => {
        fc.pre(said.trim() !== '');
        withinLimits(aReply({ text: said, choices: offered }));
        const bare = (one: string): string => one.replace(/\s/g, '');
        const asked = render(aReply({ text: said, choices: choices('Yes', 'No') }), 'Choose');
        const kept = asked.map((body) =>
          body.type === 'text' ? body.text.body : body.interactive.body.text,
        );
        if (bare(kept.join('')) !== bare(said)) return false;
        const plain = render(aReply({ text: said }), 'Choose').map((body) =>
          body.type === 'text' ? body.text.body : '',
        );
        return plain.join('').replace(/\s/g, '') === said.replace(/\s/g, '');
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
  for (const lang of Object.keys(sentences)) {
    it(`show every choice of the bots within the limits, without shortening one, in ${lang}`, () => {
      const label = (sentences[lang]?.['whatsapp'] as { choose: string }).choose;
      expect(label.length).to.be.at.most(LIMITS.listButtonChars);
      for (const namespace of ['bot', 'opening-hours']) {
        const file = readFileSync(join(PACKAGE_ROOT, 'locales', lang, `${namespace}.json`), 'utf8');
        const titles = Object.values((JSON.parse(file) as { choices: Record<string, string> }).choices);
        for (const [index, title] of titles.entries()) {
          const three = aReply({
            choices: choices(title, titles[index + 1] ?? 'x', titles[index + 2] ?? 'y'),
          });
          expect(withinLimits(three, label)).to.equal(1);
          expect(render(three, label)[0]).to.have.nested.property('interactive.type', 'button');
        }
        withinLimits(aReply({ choices: choices(...titles.slice(0, 10)) }), label);
        expect(
          JSON.stringify(render(aReply({ choices: choices(...titles.slice(0, 10)) }), label)),
        ).to.not.include('…');
      }
    });
  }
});

describe('sending on WhatsApp', () => {
  const PHONE = { kind: 'phone', value: '2348000000001' } as const;
  const ID = { kind: 'id', value: 'NG.1' } as const;
  const JUST_NOW = heard(NOW - 1_000, PHONE);
  const HOUR = 3_600_000;
  const send = async (answers: readonly Answer[], change: Partial<Outgoing> = {}, to = JUST_NOW) => {
    const { channel, calls } = connected(answers);
    return { outcome: await channel.send(outgoing(change), to), calls };
  };

  it('posts with the token, our own id and the phone', async () => {
    const { outcome, calls } = await send([]);
    expect(outcome).to.deep.equal({ kind: 'accepted', id: 'wamid.OUT' });
    expect(calls).to.deep.equal([
      {
        url: 'https://graph.test/v26.0/PN1/messages',
        headers: {
          authorization: 'Bearer t-1',
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: {
          messaging_product: 'whatsapp',
          recipient_type: 'individual',
          to: '2348000000001',
          type: 'text',
          text: { body: 'Hello', preview_url: false },
          biz_opaque_callback_data: 'm_1',
        },
      },
    ]);
  });

  it('names the user id, and the phone only to somebody who just wrote', async () => {
    const to = async (recipient: Recipient, customer = 'NG.1'): Promise<unknown> => {
      const { calls } = await send([], { customer, reply: aReply({ purpose: 'order_update' }) }, recipient);
      const { to: phone, recipient: id } = calls[0]?.body ?? {};
      return [phone, id];
    };
    expect(await to(heard(NOW, ID))).to.deep.equal([undefined, 'NG.1']);
    expect(await to(heard(NOW, ID, PHONE))).to.deep.equal(['2348000000001', 'NG.1']);
    expect(await to(heard(NOW - 30 * HOUR, ID, PHONE))).to.deep.equal([undefined, 'NG.1']);
    expect(await to(heard(null))).to.deep.equal([undefined, 'NG.1']);
    expect(await to(heard(null), '234')).to.deep.equal(['234', undefined]);
  });

  it('sends one part at a time and says that more follow', async () => {
    const reply = aReply({
      text: `${'A line of the answer.\n'.repeat(60)}\nDid that help?`,
      choices: [{ id: 'y', title: 'Yes' }],
    });
    const first = await send([], { reply });
    expect(first.outcome).to.deep.equal({ kind: 'accepted', id: 'wamid.OUT', more: true });
    const second = await send([], { reply, part: 1 });
    expect(second.outcome).to.deep.equal({ kind: 'accepted', id: 'wamid.OUT' });
    expect(second.calls[0]?.body).to.include({ type: 'interactive', biz_opaque_callback_data: 'm_1/1' });
  });

  it('sends the template of purpose and language outside the window, on one line', async () => {
    const reply = aReply({ purpose: 'order_update', text: 'News:\n\nIt   is here.\tYes' });
    const { calls } = await send([], { reply }, heard(NOW - 25 * HOUR, PHONE));
    expect(calls[0]?.body).to.deep.include({
      type: 'template',
      template: {
        name: 'order_news',
        language: { code: 'en_GB' },
        components: [{ type: 'body', parameters: [{ type: 'text', text: 'News: · It is here. Yes' }] }],
      },
    });
  });

  it('asks WhatsApp nothing and tells the agent why where there is no template', async () => {
    const { outcome, calls } = await send([], {}, heard(NOW - 25 * HOUR, PHONE));
    expect(outcome).to.include({ kind: 'refused', code: '131047' });
    expect(outcome)
      .to.have.property('why')
      .that.includes('24 hours')
      .and.includes('shops[].whatsapp.templates');
    expect(calls).to.have.length(0);
    const french = await send(
      [],
      { lang: 'fr', reply: aReply({ purpose: 'order_update' }) },
      heard(NOW - 25 * HOUR),
    );
    expect(french.outcome).to.include({ kind: 'refused', code: '131047' });
  });

  it('takes the template when WhatsApp says that the window is closed after all', async () => {
    const reply = aReply({ purpose: 'order_update' });
    const { outcome, calls } = await send([graphError(131_047)], { reply });
    expect(outcome).to.include({ kind: 'accepted' });
    expect(calls.map(({ body }) => body['type'])).to.deep.equal(['text', 'template']);
    const told = await send([], { reply, windowClosedAt: NOW - 500 });
    expect(told.calls[0]?.body).to.include({ type: 'template' });
    const wroteSince = await send([], { reply, windowClosedAt: NOW - 5_000 });
    expect(wroteSince.calls[0]?.body).to.include({ type: 'text' });
  });

  it('sends a template to the phone where it may not go to a user id', async () => {
    const reply = aReply({ purpose: 'order_update' });
    const { outcome, calls } = await send(
      [graphError(131_062)],
      { reply },
      heard(NOW - 25 * HOUR, ID, PHONE),
    );
    expect(outcome).to.include({ kind: 'accepted' });
    expect(calls.map(({ body }) => [body['to'], body['recipient']])).to.deep.equal([
      [undefined, 'NG.1'],
      ['2348000000001', undefined],
    ]);
    const unknown = await send([graphError(131_062)], { reply }, heard(NOW - 25 * HOUR, ID));
    expect(unknown.outcome).to.include({ kind: 'refused', code: '131062' });
  });

  const STOPS = [0, 190, 3, 10, 200, 250, 299, 131_005, 131_048, 131_064, 131_031, 368, 130_497, 131_042];
  const RETRIES = [
    4, 80_007, 130_429, 131_056, 131_000, 131_016, 131_057, 135_000, 133_016, 131_052, 131_053,
  ];
  const REFUSALS = [
    131_047, 131_026, 131_021, 131_030, 131_008, 131_009, 100, 131_051, 131_049, 131_050, 131_062, 132_000,
    132_001, 132_015, 132_016,
  ];
  for (const [kind, codes] of [
    ['stop', STOPS],
    ['retry', RETRIES],
    ['refused', REFUSALS],
  ] as const)
    for (const code of codes)
      it(`treats error ${code} as ${kind}`, async () => {
        const { outcome } = await send([graphError(code)]);
        expect(outcome.kind).to.equal(kind);
        if (outcome.kind !== 'accepted') expect(outcome.why).to.match(/^[A-Z].{15,}/);
      });

  it('has a policy for every code of the table', () => {
    const ranged = (code: number): boolean => KNOWN_CODES.includes(code);
    expect([...STOPS, ...RETRIES, ...REFUSALS].filter(ranged).sort()).to.deep.equal([...KNOWN_CODES].sort());
    expect(knownError(131_999)).to.equal(null);
    expect(knownError(300)).to.equal(null);
  });

  it('waits 1, 4, 16, 64 seconds at the pair limit, and about a second at the throughput limit', async () => {
    const pair = (await send([graphError(131_056)])).outcome;
    expect(pair).to.include({ kind: 'retry', afterMs: 1_000, growth: 4 });
    const through = (await send([graphError(130_429)])).outcome as Extract<SendOutcome, { kind: 'retry' }>;
    expect(through.afterMs).to.be.within(1_000, 2_000);
    const other = await send([graphError(130_429)], { clientMessageId: 'm_other' });
    expect(other.outcome).to.not.deep.equal(through);
  });

  it('goes by the code and the status where the code is in no table', async () => {
    expect((await send([graphError(999, 400)])).outcome).to.include({ kind: 'refused', code: '999' });
    expect((await send([graphError(999, 500)])).outcome).to.include({ kind: 'retry' });
    expect((await send([graphError(999, 401)])).outcome).to.include({ kind: 'stop', code: '190' });
    expect((await send([{ status: 503, body: '<html>' }])).outcome).to.include({ kind: 'retry' });
    expect((await send([{ status: 429, body: '' }])).outcome).to.include({ kind: 'retry' });
    expect((await send([{ status: 404, body: '' }])).outcome).to.include({
      kind: 'refused',
      code: 'http_404',
    });
  });

  it('does not know what became of a post whose answer is missing, and knows what was never posted', async () => {
    expect((await send([broken('ECONNABORTED')])).outcome).to.deep.equal({
      kind: 'unknown',
      why: 'ECONNABORTED',
    });
    expect((await send([broken('ECONNRESET')])).outcome).to.include({ kind: 'unknown' });
    expect((await send([{ status: 504, body: '' }])).outcome).to.include({ kind: 'unknown' });
    expect((await send([broken('ECONNREFUSED')])).outcome).to.include({ kind: 'retry' });
    expect((await send([broken('ENOTFOUND')])).outcome).to.include({ kind: 'retry' });
  });

  it('stops a number whose token is refused, tries again after a while, and goes on', async () => {
    const { channel, calls, clock } = connected([graphError(190, 401), graphError(190, 401)]);
    const one = () => channel.send(outgoing(), heard(clock.now, PHONE));
    expect(await one()).to.include({ kind: 'stop', code: '190' });
    expect(await one()).to.include({ kind: 'stop', code: '190', afterMs: 300_000 });
    expect(calls).to.have.length(1);
    clock.now += 300_001;
    expect(await one()).to.include({ kind: 'stop' });
    expect(calls).to.have.length(2);
    clock.now += 300_001;
    expect(await one()).to.include({ kind: 'accepted' });
    expect(await one()).to.include({ kind: 'accepted' });
    expect(calls).to.have.length(4);
  });

  it('repeats neither a phone number nor a message id in its reasons', async () => {
    const details = 'Message wamid.HBgLMTY1MDM4 to +234 800 000 0001 (2348000000001) failed';
    const { outcome } = await send([
      { status: 400, body: { error: { code: 131_026, error_data: { details } } } },
    ]);
    expect(outcome)
      .to.have.property('why')
      .that.does.not.match(/wamid|800|HBg/);
  });

  it('shows reading and typing without ever failing', async () => {
    const { channel, calls } = connected([broken('ECONNRESET'), { status: 500, body: '' }]);
    await channel.attend?.('PN1', 'wamid.A1');
    await channel.attend?.('PN1', 'wamid.A1');
    await channel.attend?.('PN9', 'wamid.A1');
    expect(calls.map(({ body }) => body)).to.deep.equal(
      Array.from({ length: 2 }, () => ({
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: 'wamid.A1',
        typing_indicator: { type: 'text' },
      })),
    );
  });
});
