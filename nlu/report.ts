/** An evaluation as a page an operator can read: one file, no script, no outside resource. */
import type { Evaluation } from './evaluate.ts';

export type ReportAbout = { readonly model: string; readonly files: readonly string[]; readonly at: number };

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

export function evaluationPage(result: Evaluation, about: ReportAbout): string {
  const { outOfScope, suggestedAnswer } = result;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>How well the model reads messages</title><style>${STYLE}</style></head><body><main>
<h1>How well the model reads messages</h1>
<p>Model <b>${escape(about.model)}</b> on ${result.messages} messages of ${about.files.map(escape).join(', ')}, ${new Date(about.at).toISOString().slice(0, 10)}.</p>
<section class="figures">
${figure('right intent', percent(result.accuracy), 'of the messages the bot should know')}
${figure('confidence off by', percent(result.calibrationError), 'on average; under 5 % is good')}
${figure('knows what it does not know', outOfScope.auroc === null ? 'not measured' : outOfScope.auroc.toFixed(3), '1 is perfect, 0.5 is a coin')}
${figure('answer from', suggestedAnswer ? String(suggestedAnswer.threshold) : 'no threshold', suggestedAnswer ? `${percent(suggestedAnswer.coverage)} answered at once, ${percent(suggestedAnswer.precision)} of them right` : 'no threshold gives 95 % right answers')}
</section>
<h2>Languages</h2>
${table(
  ['language', 'messages', 'right'],
  Object.entries(result.byLanguage).map(([lang, { messages, accuracy }]) => [
    escape(lang),
    String(messages),
    percent(accuracy),
  ]),
)}
<h2>Where to put the threshold</h2>
<p>A higher threshold asks more questions and makes fewer mistakes. Solid: answers that are right. Dashed: messages answered without a question.</p>
${thresholdCurve(result)}
<h2>Is the confidence honest?</h2>
<p>On the diagonal, "80 % sure" is right 8 times in 10. Bigger dots hold more messages.</p>
${calibrationPlot(result)}
<h2>Intents</h2>
${table(
  ['intent', 'messages', 'found', 'of what was called so, right', 'F1'],
  result.byIntent.map(({ intent, messages, recall, precision, f1 }) => [
    escape(intent),
    String(messages),
    percent(recall),
    percent(precision),
    percent(f1),
  ]),
)}
<h2>Taken for another</h2>
${table(
  ['should be', 'was read as', 'times', 'messages'],
  result.confusions.map(({ expected, got, count, messages }) => [
    escape(expected),
    escape(got),
    String(count),
    messages.map(escape).join('<br>'),
  ]),
)}
<h2>Every pair</h2>
${matrix(result)}
</main></body></html>
`;
}

function figure(name: string, value: string, note: string): string {
  return `<div><span>${name}</span><strong>${value}</strong><small>${note}</small></div>`;
}

/** Cells are HTML. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${name}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const SIZE = 320;
const EDGE = 34;
const x = (share: number): number => EDGE + share * (SIZE - EDGE - 8);
const y = (share: number): number => SIZE - EDGE - share * (SIZE - EDGE - 8);

function axes(horizontal: string, vertical: string): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return `${ticks.map((at) => `<line x1="${x(at)}" x2="${x(at)}" y1="${y(0)}" y2="${y(1)}" class="grid"/><line x1="${x(0)}" x2="${x(1)}" y1="${y(at)}" y2="${y(at)}" class="grid"/><text x="${x(at)}" y="${y(0) + 14}" text-anchor="middle">${at}</text><text x="${x(0) - 6}" y="${y(at) + 4}" text-anchor="end">${at}</text>`).join('')}<text x="${x(0.5)}" y="${SIZE - 2}" text-anchor="middle">${horizontal}</text><text x="${x(0)}" y="10">${vertical}</text>`;
}

function thresholdCurve({ tradeOff }: Evaluation): string {
  const line = (of: 'precision' | 'coverage'): string =>
    tradeOff.map((point) => `${x(point.threshold).toFixed(1)},${y(point[of]).toFixed(1)}`).join(' ');
  return `<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Right answers and answered messages by threshold">${axes('threshold', 'share')}<polyline points="${line('precision')}" class="precision"/><polyline points="${line('coverage')}" class="coverage"/></svg>`;
}

function calibrationPlot({ calibration, messages }: Evaluation): string {
  const dots = calibration.map(
    (bin) =>
      `<circle cx="${x(bin.stated).toFixed(1)}" cy="${y(bin.right).toFixed(1)}" r="${(3 + 14 * Math.sqrt(bin.messages / Math.max(messages, 1))).toFixed(1)}"><title>${bin.messages} messages: stated ${percent(bin.stated)}, right ${percent(bin.right)}</title></circle>`,
  );
  return `<svg viewBox="0 0 ${SIZE} ${SIZE}" role="img" aria-label="Share of right answers by stated confidence">${axes('stated confidence', 'share right')}<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" class="diagonal"/>${dots.join('')}</svg>`;
}

/** Rows are what the message is, columns what it was read as. */
function matrix({ byIntent, confusions }: Evaluation): string {
  const intents = byIntent.map(({ intent }) => intent);
  const counts = new Map(confusions.map(({ expected, got, count }) => [`${expected} ${got}`, count]));
  const cell = (row: (typeof byIntent)[number], column: string): string => {
    const count =
      row.intent === column
        ? Math.round(row.recall * row.messages)
        : (counts.get(`${row.intent} ${column}`) ?? 0);
    const shade = count / Math.max(row.messages, 1);
    const color =
      row.intent === column ? `rgba(22,120,80,${shade * 0.7})` : `rgba(200,60,40,${Math.min(1, shade * 4)})`;
    return `<td style="background:${count > 0 ? color : 'none'}" title="${escape(row.intent)} read as ${escape(column)}">${count || ''}</td>`;
  };
  const head = intents.map((intent) => `<th scope="col"><span>${escape(intent)}</span></th>`).join('');
  const rows = byIntent.map(
    (row) =>
      `<tr><th scope="row">${escape(row.intent)}</th>${intents.map((column) => cell(row, column)).join('')}</tr>`,
  );
  return `<div class="wide"><table class="matrix"><thead><tr><td></td>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--accent:#167850}
body{font:16px/1.5 system-ui,sans-serif;margin:0}main{max-width:64rem;margin:auto;padding:1.5rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:1rem}
.figures div{border:1px solid var(--line);border-radius:.6rem;padding:.8rem}.figures span,.figures small{display:block}.figures strong{font-size:1.6rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
svg{max-width:26rem;width:100%;font-size:10px;fill:currentColor}.grid{stroke:var(--line)}.diagonal{stroke:currentColor;stroke-dasharray:2 4}
polyline{fill:none;stroke-width:2}.precision{stroke:var(--accent)}.coverage{stroke:currentColor;stroke-dasharray:5 4}circle{fill:var(--accent);fill-opacity:.6}
.matrix{font-size:.7rem}.matrix th,.matrix td{padding:.1rem .25rem;text-align:center;border:1px solid var(--line)}.matrix th[scope=col] span{writing-mode:vertical-rl;transform:rotate(180deg)}.matrix th[scope=row]{text-align:right}
`;
