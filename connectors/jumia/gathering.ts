/** Many questions in few calls: what is asked while a call is under way travels with the next one. */

type Asked<T> = {
  readonly answer: Promise<T | undefined>;
  readonly resolve: (value: T | undefined) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Who asks for the same thing twice before it is answered shares the answer.
 *
 * @param most how many fit into one call
 * @param ask answers all of them; what is missing is answered with undefined
 * @param isForOne whether an error may be the fault of a single one of them: the others are then asked for without it
 */
export function gathering<T>(
  most: number,
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
  isForOne: (error: unknown) => boolean,
): (id: string) => Promise<T | undefined> {
  const open = new Map<string, Asked<T>>();
  let waiting: string[] = [];
  let running = false;

  const settle = async (ids: readonly string[]): Promise<void> => {
    try {
      const found = await ask(ids);
      for (const id of ids) open.get(id)?.resolve(found.get(id));
    } catch (error) {
      if (ids.length > 1 && isForOne(error)) {
        const half = Math.ceil(ids.length / 2);
        await settle(ids.slice(0, half));
        return settle(ids.slice(half));
      }
      for (const id of ids) open.get(id)?.reject(error);
    }
    for (const id of ids) open.delete(id);
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const ids = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await settle(ids);
    }
    running = false;
  };

  return (id) => {
    const already = open.get(id);
    if (already) return already.answer;
    const asked = deferred<T>();
    open.set(id, asked);
    waiting.push(id);
    // What else is asked for in this round of the event loop comes along.
    if (!running) setImmediate(() => void drain());
    running = true;
    return asked.answer;
  };
}

function deferred<T>(): Asked<T> {
  let resolve: Asked<T>['resolve'] = () => undefined;
  let reject: Asked<T>['reject'] = () => undefined;
  const answer = new Promise<T | undefined>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { answer, resolve, reject };
}
