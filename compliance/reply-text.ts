import type { Reply } from '../domain/reply.ts';

/** Everything of a reply that a customer reads, whatever the channel makes of it: text, buttons, history. */
export function replyText({ text, choices = [], timeline = [] }: Reply): string {
  return [
    text,
    ...choices.map(({ title }) => title),
    ...timeline.map(({ label, place, time }) => [label, place, time].filter(Boolean).join(', ')),
  ].join('\n');
}
