import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { SANDBOX_CONFIG } from '../running.ts';

function guard(lines: readonly unknown[], ...options: readonly string[]) {
  const wismo = join(PACKAGE_ROOT, 'cli', 'wismo.ts');
  const args = [
    '--disable-warning=PINODEP008',
    '--import',
    'tsx',
    wismo,
    'guard',
    '--config',
    SANDBOX_CONFIG,
  ];
  const input = lines.map((line) => JSON.stringify(line)).join('\n');
  const { stdout, stderr, status } = spawnSync(process.execPath, [...args, ...options], {
    input,
    encoding: 'utf8',
    cwd: PACKAGE_ROOT,
  });
  return {
    status,
    stderr,
    lines: stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as unknown),
  };
}

describe('wismo guard', function () {
  this.timeout(60_000);

  it('gives each line back with the verdict, the rule, the evidence and the clause', () => {
    const fez = 'Fez waybill ABCD01020304';
    const { status, lines } = guard([
      { id: 7, text: 'Add me: wa.me/234803', country: 'NG' },
      { text: 'Your order 338000001 is on its way.' },
      { text: fez },
      { text: fez, shop: 'shop-1' },
    ]);
    expect(status).to.equal(0);
    const allowed = { verdict: 'allow', rule: null, evidence: null, clause: null };
    expect(lines).to.deep.equal([
      {
        id: 7,
        text: 'Add me: wa.me/234803',
        country: 'NG',
        verdict: 'block',
        rule: 'off_platform_diversion',
        evidence: 'wa.me/234803',
        clause: 'WISMO-G3',
      },
      { text: 'Your order 338000001 is on its way.', ...allowed },
      {
        text: fez,
        verdict: 'block',
        rule: 'uncertified_tracking_number',
        evidence: 'ABCD01020304',
        clause: 'WISMO-G1',
      },
      { text: fez, shop: 'shop-1', ...allowed },
    ]);
  });

  it('refuses a shop that is not configured and says which are', () => {
    const { status, stderr } = guard([{ text: 'x' }], '--shop', 'nowhere');
    expect(status).to.equal(2);
    expect(stderr).to.include('nowhere').and.include('shop-1');
  });
});
