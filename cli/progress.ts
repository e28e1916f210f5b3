/** People's text goes to stderr; stdout is for data. */

const WIDTH = 28;

export function say(line = ''): void {
  process.stderr.write(`${line}\n`);
}

/** A bar on a terminal, a line per phase elsewhere. */
export function createProgress(title: string): {
  readonly update: (done: number, total: number, phase: string) => void;
  readonly end: () => void;
} {
  const live = process.stderr.isTTY;
  let shown = '';
  return {
    update: (done, total, phase) => {
      const share = total > 0 ? done / total : 0;
      if (live) {
        const filled = Math.round(share * WIDTH);
        process.stderr.write(
          `\r${title} [${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${String(Math.round(share * 100)).padStart(3)} % ${phase.padEnd(18)}`,
        );
      } else if (phase !== shown) {
        say(`${title}: ${phase}`);
      }
      shown = phase;
    },
    end: () => {
      if (live && shown !== '') process.stderr.write('\n');
    },
  };
}

/** One JSON object a line on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
