import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CARRIERS } from '../../carriers/registry.ts';
import { ConfigError, loadConfig } from '../../server/config/load.ts';
import type { Config } from '../../server/config/schema.ts';
import { freshFolder } from '../running.ts';

describe('the configuration of WhatsApp', () => {
  let folder: string;
  before(() => (folder = freshFolder()));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const load = (shop: string, app: string, env: Record<string, string> = {}): Config => {
    const file = join(folder, 'wismo.config.yml');
    writeFileSync(
      file,
      `shops:
  - id: s
    name: Shop
    country: NG
    carriers: [dhl]
    vendor: { clientId: c, refreshToken: r }
    chat: { webhookSecrets: ['whsec_MDEyMzQ1Njc4OWFiY2RlZg=='], token: t }
    ${shop}
jumia: { chatUrl: 'https://chat.test' }
carriers: { dhl: { api: mydhl, username: u, password: p } }
${app}
`,
    );
    return loadConfig({ file, env, carriers: CARRIERS });
  };
  const problems = (shop: string, app: string): readonly string[] => {
    try {
      load(shop, app);
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map((line) => line.replace(/^.*\.yml: /, ''));
      throw error;
    }
  };
  const ONE = `whatsapp: { phoneNumberId: '100', token: t }`;
  const APP = `whatsapp: { appSecrets: [a], verifyToken: v }`;

  it('takes no number, one number or several', () => {
    const numbers = (shop: string): string[] =>
      (load(shop, APP).shops[0]?.whatsapp ?? []).map(({ phoneNumberId }) => phoneNumberId);
    expect(numbers('')).to.deep.equal([]);
    expect(numbers(ONE)).to.deep.equal(['100']);
    expect(
      numbers(`whatsapp: [{ phoneNumberId: '100', token: t }, { phoneNumberId: '200', token: t }]`),
    ).to.deep.equal(['100', '200']);
  });

  it('uses the address of Meta and a pinned version unless told otherwise', () => {
    expect(load(ONE, APP).whatsapp).to.include({ graphUrl: 'https://graph.facebook.com', version: 'v26.0' });
    const given = { WHATSAPP_GRAPH_URL: 'http://127.0.0.1:9' };
    expect(load(ONE, APP, given).whatsapp.graphUrl).to.equal('http://127.0.0.1:9');
  });

  it('refuses a number without the secrets of the app, and the same number twice', () => {
    expect(problems(ONE, '')).to.have.length(2);
    expect(problems(ONE, '').join())
      .to.include('whatsapp.appSecrets: is missing')
      .and.include('whatsapp.verifyToken');
    expect(
      problems(`whatsapp: [{ phoneNumberId: '100', token: t }, { phoneNumberId: '100', token: t }]`, APP),
    ).to.deep.equal(['shops: the WhatsApp number 100 is used twice.']);
    expect(problems('', '')).to.deep.equal([]);
  });

  it('refuses what is none: a number in words, a template without a language, an unknown purpose', () => {
    expect(problems(`whatsapp: { phoneNumberId: '+234 800', token: t }`, APP)).to.deep.equal([
      'shops.0.whatsapp.0.phoneNumberId: is the id of the number in WhatsApp Manager, digits only and in quotes',
    ]);
    expect(
      problems(
        `whatsapp: { phoneNumberId: '100', token: t, templates: { reply: { en: { name: n } } } }`,
        APP,
      ),
    ).to.not.deep.equal([]);
    expect(
      problems(`whatsapp: { phoneNumberId: '100', token: t, templates: { news: {} } }`, APP),
    ).to.not.deep.equal([]);
    expect(problems(ONE, `whatsapp: { appSecrets: [a], verifyToken: v, version: '26' }`).join()).to.include(
      'v26.0',
    );
  });
});
