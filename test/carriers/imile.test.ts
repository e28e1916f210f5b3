import { expect } from 'chai';
import { imile, sign } from '../../carriers/imile.ts';
import { asked } from './asked.ts';

const settings = { customerId: 'C0000001', secretKey: 'example-secret' };
const token = {
  status: 200,
  headers: {},
  body: '{"code":"200","data":{"accessToken":"tok-1","expiresIn":7200}}',
};

describe('imile', () => {
  it('signs as the documented example does', () => {
    const fields = {
      accessToken: 'tok-1',
      customerId: 'C0000001',
      signMethod: 'MD5',
      format: 'json',
      version: '1.0.0',
      timestamp: '1760000000000',
      timeZone: '+1',
    };
    const param = '{"orderType":"1","orderNo":"6000000000001","language":"2"}';
    expect(sign(fields, param, 'example-secret')).to.equal('6DAE01F62C78E4497AF8867900E02B6E');
  });

  it('sends the key itself where the contract says so', async () => {
    const sent = await asked(
      imile,
      { ...settings, signMethod: 'SimpleKey', timeZone: '+3' },
      '6000000000001',
      'MA',
      [token],
    );
    expect(sent.map(({ body }) => JSON.parse(body ?? '') as unknown)).to.deep.equal([
      {
        customerId: 'C0000001',
        signMethod: 'SimpleKey',
        format: 'json',
        version: '1.0.0',
        timestamp: '1795424400000',
        timeZone: '+3',
        sign: 'example-secret',
        param: { grantType: 'clientCredential' },
      },
      {
        accessToken: 'tok-1',
        customerId: 'C0000001',
        signMethod: 'SimpleKey',
        format: 'json',
        version: '1.0.0',
        timestamp: '1795424400000',
        timeZone: '+3',
        sign: 'example-secret',
        param: { orderType: '1', orderNo: '6000000000001', language: '2' },
      },
    ]);
  });

  it('logs in once more when a token ends before its time', async () => {
    const bodies = [
      token.body,
      '{"code":"200","data":null}',
      '{"code":"407","message":"accessToken is invalid"}',
      '{"code":"200","data":{"accessToken":"tok-2","expiresIn":7200}}',
      '{"code":"200","data":{"locus":[]}}',
    ];
    const paths: string[] = [];
    const track = imile.connect(settings, {
      http: async ({ url }) => {
        paths.push(new URL(url).pathname);
        return { status: 200, headers: {}, body: bodies[paths.length - 1] ?? '' };
      },
      now: () => 1_795_424_400_000,
      onUnknownCode: () => undefined,
    });
    const once = () => track('6000000000001', { signal: new AbortController().signal });
    expect([(await once()).kind, (await once()).kind]).to.deep.equal(['not_found', 'registered']);
    const [grant, getOne] = ['/auth/accessToken/grant', '/client/track/getOne'];
    expect(paths).to.deep.equal([grant, getOne, getOne, grant, getOne]);
  });
});
