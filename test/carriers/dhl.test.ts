import { expect } from 'chai';
import { dhl } from '../../carriers/dhl.ts';
import { asked } from './asked.ts';

describe('dhl', () => {
  it('asks MyDHL with basic authentication', async () => {
    expect(await asked(dhl, { username: 'u', password: 'p:ü' }, '1234567891')).to.deep.equal([
      {
        method: 'GET',
        url: 'https://express.api.dhl.com/mydhlapi/shipments/1234567891/tracking?trackingView=all-checkpoints&levelOfDetail=shipment',
        headers: {
          authorization: 'Basic dTpwOsO8',
          accept: 'application/json',
          'accept-language': 'eng',
          'message-reference': 'a8c0b96421c2db7528ec43ff1c2eb7cc',
          'x-version': '3.1.0',
        },
        body: undefined,
      },
    ]);
  });

  it('asks the Unified API with a key, for Express only, and tells the country of the order', async () => {
    const settings = { api: 'unified', apiKey: 'key-1', baseUrl: 'https://proxy.example/dhl/' };
    expect(await asked(dhl, settings, '1234567891', 'KE')).to.deep.equal([
      {
        method: 'GET',
        url: 'https://proxy.example/dhl/track/shipments?trackingNumber=1234567891&service=express&language=en&requesterCountryCode=KE',
        headers: { 'dhl-api-key': 'key-1', accept: 'application/json' },
        body: undefined,
      },
    ]);
  });

  it('refuses settings with a missing credential, an unknown door or a key it does not know', () => {
    const problems = [
      { username: 'u' },
      { api: 'soap', apiKey: 'k' },
      { username: 'u', password: 'p', apikey: 'k' },
    ];
    expect(problems.map((settings) => dhl.settings.safeParse(settings).success)).to.deep.equal([
      false,
      false,
      false,
    ]);
  });

  it('links to the page of the market, or to the global one', () => {
    expect([dhl.trackingPage('1234567891', 'KE'), dhl.trackingPage('1234567891', 'SN')]).to.deep.equal([
      'https://www.dhl.com/ke-en/home/tracking/tracking-parcel.html?submit=1&tracking-id=1234567891',
      'https://www.dhl.com/global-en/home/tracking/tracking-parcel.html?submit=1&tracking-id=1234567891',
    ]);
  });
});
