import { expect } from 'chai';
import type { Answer, Failure } from '../../carriers/http.ts';
import { createSession, loginFailure } from '../../carriers/session.ts';
import type { Login } from '../../carriers/session.ts';

const HOUR = 3_600_000;
const BODY: Answer = { kind: 'body', status: 200, body: {} };
const AUTH: Failure = { kind: 'failed', reason: 'auth' };
const open = () => new AbortController().signal;

/** A carrier that gives out token-1, token-2 …, and a diary of what was asked. */
function setUp(login?: (count: number) => Promise<Login<string>>) {
  const diary: string[] = [];
  const clock = { now: 0 };
  let count = 0;
  const session = createSession<string>({
    login: async () => {
      count += 1;
      diary.push(`login ${count}`);
      return login?.(count) ?? { kind: 'token', token: `token-${count}`, livesMs: HOUR };
    },
    now: () => clock.now,
  });
  const calling = (refused: readonly string[] = []) =>
    session.withToken(open(), async (token) => {
      diary.push(token);
      return refused.includes(token) ? AUTH : BODY;
    });
  return { session, diary, clock, calling };
}

describe('createSession', () => {
  it('logs in when first needed and shares the token, also among callers at the same time', async () => {
    const { diary, calling } = setUp();
    await Promise.all([calling(), calling()]);
    await calling();
    expect(diary).to.deep.equal(['login 1', 'token-1', 'token-1', 'token-1']);
  });

  it('renews a token a minute before it ends', async () => {
    const { diary, clock, calling } = setUp();
    await calling();
    clock.now = HOUR - 60_001;
    await calling();
    clock.now = HOUR - 60_000;
    await calling();
    expect(diary).to.deep.equal(['login 1', 'token-1', 'token-1', 'login 2', 'token-2']);
  });

  it('logs in once more after a refusal of an older token, and gives up after that', async () => {
    const { diary, calling } = setUp();
    await calling();
    expect(await calling(['token-1'])).to.deep.equal(BODY);
    expect(await calling(['token-2', 'token-3'])).to.deep.equal(AUTH);
    expect(diary).to.deep.equal([
      'login 1',
      'token-1',
      'token-1',
      'login 2',
      'token-2',
      'token-2',
      'login 3',
      'token-3',
    ]);
  });

  it('does not log in again when a fresh token is refused', async () => {
    const { diary, calling } = setUp();
    expect(await calling(['token-1'])).to.deep.equal(AUTH);
    expect(diary).to.deep.equal(['login 1', 'token-1']);
  });

  it('passes a failed login on, and tries again the next time', async () => {
    const failure: Failure = { kind: 'failed', reason: 'unavailable' };
    const { diary, calling } = setUp(async (count) =>
      count === 1 ? failure : { kind: 'token', token: 't', livesMs: HOUR },
    );
    expect(await calling()).to.deep.equal(failure);
    expect(await calling()).to.deep.equal(BODY);
    expect(diary).to.deep.equal(['login 1', 'login 2', 't']);
  });

  it('logs in itself when the one who logged in for all ran out of time', async () => {
    const timeout: Failure = { kind: 'failed', reason: 'timeout' };
    const { diary, calling } = setUp(async (count) =>
      count === 1 ? timeout : { kind: 'token', token: 't', livesMs: HOUR },
    );
    expect(await Promise.all([calling(), calling()])).to.deep.equal([timeout, BODY]);
    expect(diary).to.deep.equal(['login 1', 'login 2', 't']);
  });

  it('takes any refusal of a login for bad credentials', () => {
    expect(loginFailure({ kind: 'failed', reason: 'rejected' })).to.deep.equal(AUTH);
    expect(loginFailure({ kind: 'failed', reason: 'timeout' })).to.deep.equal({
      kind: 'failed',
      reason: 'timeout',
    });
  });
});
