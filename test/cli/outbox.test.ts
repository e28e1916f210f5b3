import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { acceptMessage } from '../../server/store/inbox.ts';
import { findConversation } from '../../server/store/conversations.ts';
import { openStore } from '../../server/store/open.ts';
import { claimDue, markDead, queueReply } from '../../server/store/outbox.ts';
import { freshFolder, SANDBOX_CONFIG } from '../running.ts';

describe('wismo outbox', function () {
  this.timeout(60_000);
  let dataDir: string;
  let ids: readonly string[];

  /** Two conversations: a message given up in the first, one that waits in the second. */
  before(async () => {
    dataDir = freshFolder();
    const { db, close } = await openStore({ dataDir });
    for (const [index, text] of ['A secret answer', 'Another'].entries()) {
      await db.transaction().execute(async (tx) => {
        const { conversationId } = await acceptMessage(
          tx,
          {
            id: `m-${index}`,
            channel: 'whatsapp',
            account: '100000000000001',
            conversation: `23480000000${index}`,
            from: { role: 'customer', id: `23480000000${index}` },
            content: { kind: 'text', text: 'hello' },
            sentAt: 1_000,
            receivedAt: 1_000,
            context: {},
          },
          { shop: 'shop-1', bot: 'logistics', slaCounted: true },
          1_000,
        );
        const conversation = await findConversation(tx, conversationId);
        if (!conversation) throw new Error('not stored');
        const reply = { purpose: 'reply', text, facts: [] } as const;
        await queueReply(tx, { conversation, reply, lang: 'en', replyTo: null, now: 2_000 + index });
      });
    }
    const [first] = await claimDue(db, { now: 2_000, until: 3_000, limit: 1 });
    await markDead(db, first?.id ?? '', {
      code: '131047',
      error: '131047: The customer last wrote more than 24 hours ago.',
      now: 2_500,
    });
    ids = (await db.selectFrom('outbox').select('id').orderBy('seq').execute()).map(({ id }) => id);
    await close();
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  const wismo = (...args: readonly string[]) => {
    const run = spawnSync(
      process.execPath,
      [
        '--import',
        'tsx',
        join(PACKAGE_ROOT, 'cli', 'wismo.ts'),
        'outbox',
        ...args,
        '--config',
        SANDBOX_CONFIG,
      ],
      {
        encoding: 'utf8',
        cwd: PACKAGE_ROOT,
        env: { ...process.env, DATABASE_URL: undefined, REDIS_URL: undefined, WISMO_DATA_DIR: dataDir },
      },
    );
    // A command that could not run at all is another failure than a wrong answer: show why.
    if (run.status === null || run.status > 2) throw run.error ?? new Error(run.stderr);
    const lines = run.stdout.split('\n').filter((line) => line !== '');
    return {
      code: run.status,
      lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
      stderr: run.stderr,
    };
  };

  it('lists what was given up and what waits, with the reason and without the text or the customer', () => {
    const { code, lines } = wismo('list');
    expect(code).to.equal(0);
    expect(lines.map(({ id, state }) => [id, state])).to.deep.equal([
      [ids[0], 'dead'],
      [ids[1], 'pending'],
    ]);
    expect(lines[0]).to.deep.include({
      channel: 'whatsapp',
      account: '100000000000001',
      kind: 'message',
      purpose: 'reply',
      attempts: 1,
      ticket: 1,
      reason: '131047: The customer last wrote more than 24 hours ago.',
      createdAt: '1970-01-01T00:00:02.000Z',
    });
    expect(JSON.stringify(lines)).to.not.match(/secret|23480000000/);
  });

  it('says what is wrong with 2, and that a message is none with 1', () => {
    const without = wismo('retry');
    expect(without.code).to.equal(2);
    expect(without.stderr).to.include('--all');
    const { code, lines } = wismo('retry', 'm_none');
    expect(code).to.equal(1);
    expect(lines).to.deep.equal([{ id: 'm_none', done: false }]);
  });

  const done = (...args: readonly string[]): readonly Record<string, unknown>[] => {
    const { code, lines, stderr } = wismo(...args);
    expect(code, stderr).to.equal(0);
    return lines;
  };

  it('puts every dead message back in line, and drops what is named', () => {
    expect(done('retry', '--all', '--channel', 'whatsapp')).to.deep.equal([
      { id: ids[0], done: true, what: 'retried' },
    ]);
    expect(done('drop', ids[1] ?? '')).to.deep.equal([{ id: ids[1], done: true, what: 'dropped' }]);
    expect(done('list', '--state', 'dropped').map(({ id, state }) => [id, state])).to.deep.equal([
      [ids[1], 'dropped'],
    ]);
    expect(done().map(({ id, state }) => [id, state])).to.deep.equal([[ids[0], 'pending']]);
  });
});
