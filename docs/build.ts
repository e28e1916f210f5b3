/** `npm run docs`: writes the pages that are made from code. A test fails when one of them is out of date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { carriersPage } from '../carriers/page.ts';
import { CARRIERS } from '../carriers/registry.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';

writeFileSync(join(PACKAGE_ROOT, 'docs', 'carriers.md'), carriersPage(CARRIERS));
