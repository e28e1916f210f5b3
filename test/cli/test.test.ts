import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { freshFolder, MODEL_HOME, trainOnce } from '../running.ts';

describe('wismo test', function () {
  this.timeout(60_000);
  let folder: string;

  before(async function () {
    this.timeout(180_000);
    await trainOnce();
    folder = freshFolder();
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function play(
    dialogues: string,
    ...options: readonly string[]
  ): { code: number | null; out: string; err: string } {
    const file = join(folder, 'own.yml');
    writeFileSync(file, dialogues);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', join('cli', 'wismo.ts'), 'test', file, ...options],
      {
        cwd: PACKAGE_ROOT,
        encoding: 'utf8',
        env: { ...process.env, WISMO_DATA_DIR: MODEL_HOME, LOG_LEVEL: 'silent' },
      },
    );
    return { code: status, out: stdout, err: stderr };
  }

  const ORDER = `facts: { orders: [{ number: '338000001', items: [{ name: Kettle, status: shipped }] }] }`;

  it('ends with 0 when all went as written, and takes an order number without quotes', () => {
    const { code, out } = play(
      `dialogues: [{ name: fine, ${ORDER}, steps: [{ customer: where is my order, says: order number }, { customer: 338000001, says: Kettle }] }]`,
    );
    expect(out).to.equal('✔ fine\n');
    expect(code).to.equal(0);
  });

  it('says per step what was asked, what was wrong and what the bot said instead', () => {
    const { code, out, err } = play(
      `dialogues: [{ name: hopeful, ${ORDER}, steps: [{ customer: 338000001, says: [Kettle, comes tomorrow], handoff: {} }] }]`,
    );
    expect(out).to.match(
      /^✘ hopeful\n {4}step 1, "338000001"\n {6}should say comes tomorrow\n {6}should hand over\n {6}it said: Here is your order/,
    );
    expect(err).to.include('1 dialogues, 1 failed.');
    expect(code).to.equal(1);
  });

  it('ends with 2 and names each mistake of a file that cannot be read', () => {
    const { code, err } = play('dialogues: [{ name: a, steps: [{ customer: hi, say: x }] }]');
    expect(err).to.include('own.yml').and.include('dialogues.0.steps.0').and.include('"say"');
    expect(code).to.equal(2);
  });

  it('writes a line of JSON a dialogue on request', () => {
    const { out } = play('dialogues: [{ name: a, steps: [{ customer: hello, says: nonsense }] }]', '--json');
    const { name, failures } = JSON.parse(out) as {
      name: string;
      failures: readonly { step: number; asked: string; what: string }[];
    };
    expect([name, failures[0]?.step, failures[0]?.asked, failures[0]?.what]).to.deep.equal([
      'a',
      1,
      'hello',
      'should say nonsense',
    ]);
  });
});
