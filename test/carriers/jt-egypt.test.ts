import { expect } from 'chai';
import { digest, jtEgypt } from '../../carriers/jt-egypt.ts';
import { asked } from './asked.ts';

const settings = { apiAccount: '100000000000000001', privateKey: 'example-private-key' };

describe('jt-egypt', () => {
  it('signs the very string it sends', async () => {
    expect(digest('{"billCodes":"JEG000000000001"}', 'example-private-key')).to.equal(
      'fRCh3puwRkD/EMXVKELvGA==',
    );
    expect(await asked(jtEgypt, settings, 'JEG000000000001')).to.deep.equal([
      {
        method: 'POST',
        url: 'https://openapi.jtjms-eg.com/webopenplatformapi/api/logistics/trace',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          apiAccount: '100000000000000001',
          timestamp: '1795424400000',
          digest: 'fRCh3puwRkD/EMXVKELvGA==',
        },
        body: 'bizContent=%7B%22billCodes%22%3A%22JEG000000000001%22%7D',
      },
    ]);
  });
});
