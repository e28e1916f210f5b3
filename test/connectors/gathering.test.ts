import { expect } from 'chai';
import { gathering } from '../../connectors/jumia/gathering.ts';

const WRONG = new Error('one of them is wrong');

/** Answers with the id in capitals; `release` lets the call under way end. */
function recorder(wrong: readonly string[] = []) {
  const calls: string[][] = [];
  const ask = async (ids: readonly string[]): Promise<Map<string, string>> => {
    calls.push([...ids]);
    await new Promise((resolve) => setImmediate(resolve));
    if (ids.some((id) => wrong.includes(id))) throw WRONG;
    return new Map(ids.filter((id) => id !== 'missing').map((id) => [id, id.toUpperCase()]));
  };
  return { calls, ask };
}

describe('questions gathered into few calls', () => {
  it('asks for a thing once, however many want it', async () => {
    const { calls, ask } = recorder();
    const get = gathering(50, ask, () => false);
    const wanted = Array.from({ length: 64 }, (_, index) => `o${index % 3}`);
    expect(await Promise.all(wanted.map(get))).to.deep.equal(wanted.map((id) => id.toUpperCase()));
    expect(calls).to.deep.equal([['o0', 'o1', 'o2']]);
  });

  it('puts what comes while a call is under way into the next one, and no more than fit', async () => {
    const { calls, ask } = recorder();
    const get = gathering(2, ask, () => false);
    const first = get('a');
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, get('a'), get('b'), get('c'), get('d')]);
    expect(calls).to.deep.equal([['a'], ['b', 'c'], ['d']]);
  });

  it('asks anew for what was answered before', async () => {
    const { calls, ask } = recorder();
    const get = gathering(50, ask, () => false);
    await get('a');
    await get('a');
    expect(calls).to.have.length(2);
  });

  it('answers with nothing for what is not there', async () => {
    const { ask } = recorder();
    expect(await gathering(50, ask, () => false)('missing')).to.equal(undefined);
  });

  it('lets one wrong thing fail alone', async () => {
    const { ask } = recorder(['c']);
    const get = gathering(50, ask, (error) => error === WRONG);
    const ends = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(get));
    expect(
      ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as unknown))),
    ).to.deep.equal(['A', 'B', WRONG, 'D', 'E']);
  });

  it('does not ask again when the failure is everybody’s, and goes on afterwards', async () => {
    const { calls, ask } = recorder(['c']);
    const get = gathering(50, ask, () => false);
    const ends = await Promise.allSettled(['a', 'b', 'c'].map(get));
    expect(ends.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(await get('a')).to.equal('A');
    expect(calls).to.have.length(2);
  });
});
