import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CARRIERS } from '../carriers/registry.ts';
import { AUDIT_KINDS } from '../compliance/audit-chain.ts';
import { configSchema } from '../server/config/schema.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';

const page = (name: string): string => readFileSync(join(PACKAGE_ROOT, 'docs', name), 'utf8');

describe('the pages on security, privacy and the audit chain', () => {
  it('list the address of every carrier, and none besides', () => {
    const list = /<!-- carriers -->([^]*)<!-- \/carriers -->/.exec(page('security.md'))?.[1] ?? '';
    const listed = [...list.matchAll(/`([^`]+)`/g)].map(([, host]) => host);
    const known = CARRIERS.map(({ baseUrl }) => new URL(baseUrl).hostname);
    expect(listed).to.include.members(known);
    // DHL's second API, chosen by `api: unified`.
    expect(listed.filter((host) => !known.includes(host ?? ''))).to.deep.equal(['api-eu.dhl.com']);
  });

  it('name every kind of record', () => {
    const text = page('audit.md');
    for (const kind of AUDIT_KINDS) expect(text).to.include(`\`${kind}\``);
  });

  it('tell the days data is kept by default', () => {
    const { retentionDays } = configSchema.shape.privacy.parse({});
    const text = page('configuration.md');
    for (const [kind, kept] of Object.entries(retentionDays)) {
      const row = text
        .split('\n')
        .find((line) => line.includes('privacy.retentionDays') && line.includes(`.${kind}\``));
      expect(row, kind).to.include(`\`${kept}\``);
    }
  });
});
