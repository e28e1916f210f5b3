import { expect } from 'chai';
import { ups } from '../../carriers/ups.ts';
import { asked } from './asked.ts';

const settings = { clientId: 'id', clientSecret: 'secret' };
const token = { status: 200, headers: {}, body: '{"access_token":"t-1","expires_in":"14399"}' };

describe('ups', () => {
  it('logs in beside the base path and asks with the token', async () => {
    expect(await asked(ups, settings, '1Z999AA10123456784', 'KE', [token])).to.deep.equal([
      {
        method: 'POST',
        url: 'https://onlinetools.ups.com/security/v1/oauth/token',
        headers: {
          authorization: 'Basic aWQ6c2VjcmV0',
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: 'grant_type=client_credentials',
      },
      {
        method: 'GET',
        url: 'https://onlinetools.ups.com/api/track/v1/details/1Z999AA10123456784?locale=en_US&returnSignature=false&returnMilestones=true',
        headers: {
          authorization: 'Bearer t-1',
          accept: 'application/json',
          transId: '24247a4de2fd4365f12390b00f2bad9c',
          transactionSrc: 'wismo',
        },
        body: undefined,
      },
    ]);
  });

  it('finds the token of a server without the base path below its root', async () => {
    const [first] = await asked(
      ups,
      { ...settings, baseUrl: 'https://proxy.example/ups/' },
      '1Z999AA10123456784',
    );
    expect(first?.url).to.equal('https://proxy.example/ups/security/v1/oauth/token');
  });

  it('links to the tracking page', () => {
    expect(ups.trackingPage('1Z999AA10123456784', 'KE')).to.equal(
      'https://www.ups.com/track?loc=en_US&tracknum=1Z999AA10123456784',
    );
  });
});
