import { createInterface } from 'node:readline';

/** Lines of standard input as JSON objects. A line that is none is reported with its number and ends the command. */
export class InputError extends Error {
  readonly code = 'WISMO_INPUT';
}

export async function* readJsonLines(input: NodeJS.ReadableStream): AsyncGenerator<Record<string, unknown>> {
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number += 1;
    if (line.trim() === '') continue;
    yield parseLine(line, number);
  }
}

function parseLine(line: string, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line) as unknown;
  } catch {
    throw new InputError(
      `Line ${number} is not JSON. Write one object a line, for example {"text":"where is my order"}.`,
    );
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new InputError(`Line ${number} is not an object. Write {"text":"…"}.`);
  return value as Record<string, unknown>;
}

/** The `text` of a line. */
export function textOf(line: Record<string, unknown>): string {
  const { text } = line;
  if (typeof text !== 'string')
    throw new InputError('A line has no "text". Write {"text":"where is my order"}.');
  return text;
}
