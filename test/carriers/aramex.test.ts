import { expect } from 'chai';
import { aramex } from '../../carriers/aramex.ts';
import { asked } from './asked.ts';

const settings = {
  username: 'user@example.com',
  password: 'secret',
  accountNumber: '60000000',
  accountPin: '654321',
  accountEntity: 'CAI',
  accountCountry: 'EG',
};

describe('aramex', () => {
  it('asks with the credentials in the body and says that it wants JSON', async () => {
    expect(await asked(aramex, settings, '40000000001')).to.deep.equal([
      {
        method: 'POST',
        url: 'https://ws.aramex.net/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body:
          '{"ClientInfo":{"UserName":"user@example.com","Password":"secret","Version":"v1.0","AccountNumber":"60000000",' +
          '"AccountPin":"654321","AccountEntity":"CAI","AccountCountryCode":"EG","Source":24},' +
          '"Transaction":{"Reference1":"1c80090502aa228c14b1c4837b70faf9"},"Shipments":["40000000001"],"GetLastTrackingUpdateOnly":false}',
      },
    ]);
  });

  it('wants the station and the country of the account in capitals', () => {
    const wrong = [
      { ...settings, accountEntity: 'Cairo' },
      { ...settings, accountCountry: 'eg' },
    ];
    expect(wrong.map((one) => aramex.settings.safeParse(one).success)).to.deep.equal([false, false]);
  });

  it('links to the tracking page, in Egypt to the Egyptian one', () => {
    expect([
      aramex.trackingPage('40000000001', 'EG'),
      aramex.trackingPage('40000000001', 'MA'),
    ]).to.deep.equal([
      'https://www.aramex.com/eg/en/track/results?ShipmentNumber=40000000001',
      'https://www.aramex.com/track/results?ShipmentNumber=40000000001',
    ]);
  });
});
