import { expect } from 'chai';
import { fedex } from '../../carriers/fedex.ts';
import { asked } from './asked.ts';

const settings = { clientId: 'id 1', clientSecret: 's&cret' };
const token = { status: 200, headers: {}, body: '{"access_token":"t-1","expires_in":3600}' };

describe('fedex', () => {
  it('logs in with a form and asks with the token', async () => {
    expect(await asked(fedex, settings, '123456789012', 'NG', [token])).to.deep.equal([
      {
        method: 'POST',
        url: 'https://apis.fedex.com/oauth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: 'grant_type=client_credentials&client_id=id+1&client_secret=s%26cret',
      },
      {
        method: 'POST',
        url: 'https://apis.fedex.com/track/v1/trackingnumbers',
        headers: {
          authorization: 'Bearer t-1',
          'content-type': 'application/json',
          accept: 'application/json',
          'x-locale': 'en_US',
          'x-customer-transaction-id': '3780e534843ddee3517bcae6decb33bc',
        },
        body: '{"includeDetailedScans":true,"trackingInfo":[{"trackingNumberInfo":{"trackingNumber":"123456789012"}}]}',
      },
    ]);
  });

  it('does not ask about the parcel when the login fails', async () => {
    const refused = { status: 400, headers: {}, body: '{}' };
    expect(await asked(fedex, settings, '123456789012', 'NG', [refused])).to.have.length(1);
  });

  it('links to the tracking page', () => {
    expect(fedex.trackingPage('123456789012', 'NG')).to.equal(
      'https://www.fedex.com/fedextrack/?trknbr=123456789012',
    );
  });
});
