import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { journaled } from '../../server/store/audit.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { openStore } from '../../server/store/open.ts';
import { freshFolder } from '../running.ts';

type Ran = {
  readonly code: number;
  readonly lines: readonly Record<string, unknown>[];
  readonly stdout: string;
  readonly stderr: string;
};

describe('wismo audit and wismo privacy', function () {
  this.timeout(120_000);
  let dataDir: string;
  let ticket: number;

  const wismo = (...args: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const env = { ...process.env, DATABASE_URL: undefined, REDIS_URL: undefined, WISMO_DATA_DIR: dataDir };
      execFile(
        process.execPath,
        ['--import', 'tsx', join(PACKAGE_ROOT, 'cli', 'wismo.ts'), ...args],
        { env, cwd: PACKAGE_ROOT },
        (error, stdout, stderr) => {
          const lines = stdout
            .split('\n')
            .filter((line) => line.startsWith('{'))
            .map((line) => JSON.parse(line) as Record<string, unknown>);
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines, stdout, stderr });
        },
      );
    });

  before(async () => {
    dataDir = freshFolder();
    const { db, close } = await openStore({ dataDir });
    for (const id of ['m-1', 'm-2', 'm-3'])
      await journaled(db, (tx) =>
        acceptMessage(
          tx,
          {
            id,
            channel: 'jumia',
            account: 'shop-1',
            conversation: 'c-1',
            from: { role: 'customer', id: 'u-1', name: 'Adaeze' },
            content: { kind: 'text', text: `words of ${id}` },
            sentAt: 1,
            receivedAt: 1,
            context: {},
          },
          { shop: 'shop-1', bot: 'logistics', slaCounted: true },
          1_000,
        ),
      );
    const row = await db.selectFrom('conversation').select('id').executeTakeFirstOrThrow();
    ticket = (await findConversation(db, row.id))?.ticket ?? 0;
    await close();
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it('verify a whole chain, with the speed and the key', async () => {
    const { code, lines } = await wismo('audit', 'verify');
    expect(lines.at(-1)).to.deep.include({ whole: true, records: 3, problems: 0, shops: ['shop-1'] });
    expect(lines.at(-1)?.['recordsPerSecond']).to.be.a('number').greaterThan(0);
    expect(code).to.equal(0);
  });

  it('export a ticket as a file that verifies offline, and say so when somebody changed it', async () => {
    const exported = await wismo('audit', 'export', '--ticket', String(ticket), '--decrypt');
    expect(exported.code).to.equal(0);
    expect(exported.stdout).to.include('words of m-2');
    const file = join(dataDir, 'export.jsonl');
    writeFileSync(file, exported.stdout);
    const { stdout: pem } = await wismo('audit', 'key');
    const keyFile = join(dataDir, 'public.pem');
    writeFileSync(keyFile, pem);
    const whole = await wismo('audit', 'verify', '--file', file, '--key', keyFile);
    // Three messages, and the record of this export.
    expect(whole.lines.at(-1)).to.deep.include({ whole: true, records: 4 });
    expect(whole.code).to.equal(0);
    writeFileSync(file, exported.stdout.replace('words of m-2', 'words of m-9'));
    const broken = await wismo('audit', 'verify', '--file', file);
    expect(broken.lines[0]).to.deep.include({ shop: 'shop-1', seq: 2, what: 'altered' });
    expect(broken.code).to.equal(1);
  });

  it('refuse what cannot be meant, with exit code 2', async () => {
    for (const args of [
      ['audit', 'verify', '--since', 'yesterday'],
      ['privacy', 'erase', 'u-1', '--as', 'somebody'],
    ]) {
      const { code, stderr } = await wismo(...args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.match(/^wismo: --/m);
    }
  });

  it('show and erase a customer; the chain stays whole and tells of both', async () => {
    expect((await wismo('privacy', 'export', 'nobody')).code).to.equal(1);
    const shown = await wismo('privacy', 'export', 'u-1');
    expect(shown.code).to.equal(0);
    expect(new Set(shown.lines.map(({ table }) => table)))
      .to.include('transcript')
      .and.include('audit_record');
    expect(shown.stdout).to.include('words of m-3').and.include('Adaeze');
    const erased = await wismo('privacy', 'erase', String(ticket));
    expect(erased.lines).to.deep.equal([{ shop: 'shop-1', channel: 'jumia', conversations: 1, keys: 1 }]);
    expect((await wismo('privacy', 'export', 'u-1')).code).to.equal(1);
    const { lines, code } = await wismo('audit', 'verify');
    expect(code).to.equal(0);
    expect(lines.at(-1)).to.deep.include({ whole: true, problems: 0 });
    const { stdout } = await wismo('audit', 'export', '--decrypt');
    expect(stdout).to.not.include('words of').and.not.include('Adaeze');
    const actions = stdout.match(/"action":"(export|erase|audit export)"/g);
    expect(actions).to.deep.equal(
      ['audit export', 'export', 'erase', 'audit export'].map((action) => `"action":"${action}"`),
    );
  });

  it('name a record somebody altered, with exit code 1', async () => {
    const { db, close } = await openStore({ dataDir });
    await db.updateTable('audit_record').set({ at: 5 }).where('seq', '=', 2).execute();
    await close();
    const { code, lines } = await wismo('audit', 'verify');
    expect(code).to.equal(1);
    expect(lines[0]).to.deep.include({ shop: 'shop-1', seq: 2, what: 'altered' });
    expect(lines.at(-1)).to.deep.include({ whole: false, problems: 1 });
  });
});
