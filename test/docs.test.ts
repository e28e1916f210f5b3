import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { carriersPage } from '../carriers/page.ts';
import { CARRIERS } from '../carriers/registry.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';

describe('pages made from code', () => {
  it('docs/carriers.md is what the registry says (npm run docs)', () => {
    const page = readFileSync(join(PACKAGE_ROOT, 'docs', 'carriers.md'), 'utf8');
    expect(page).to.equal(carriersPage(CARRIERS));
  });
});
