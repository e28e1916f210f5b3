/** A process of `processes.ts`: gets the rows once, then one task after the other. */
import { fitAndRead } from './fit.ts';
import type { FromProcess, Rows, ToProcess } from './processes.ts';

const tell = (message: FromProcess): void => void process.send?.(message);

let data: Rows = { rows: [], classes: 0 };
process.on('disconnect', () => process.exit());
process.on('message', (message: ToProcess) => {
  if (message.kind === 'rows') {
    data = message.data;
    return;
  }
  const { at, task } = message;
  const result = fitAndRead(data.rows, data.classes, task, (done, total) =>
    tell({ kind: 'progress', at, share: done / total }),
  );
  tell({ kind: 'done', at, result });
});
