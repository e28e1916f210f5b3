import type { Reply } from '../../domain/reply.ts';
import type { Draft, FlowContext, Say, Step } from './bot.ts';

/** Gives the voice of a language: `turn` rotates between several wordings of one sentence. */
export type Speak = (lang: string, namespace: string, turn: number) => Say;

/**
 * Makes the replies of a turn. A turn is one bubble: customers pay for attention and channels for messages,
 * so drafts are joined unless they differ in purpose.
 */
export function compose<P>(context: FlowContext<P>, step: Step): readonly Reply[] {
  const drafts = step.kind === 'ask' ? [...(step.drafts ?? []), question(context, step)] : step.drafts;
  const replies: Reply[] = [];
  for (const draft of drafts) {
    const reply = toReply(draft);
    const last = replies.at(-1);
    if (last && last.purpose === reply.purpose) replies[replies.length - 1] = join(last, reply);
    else replies.push(reply);
  }
  return replies.filter((reply) => reply.text !== '');
}

function question<P>(context: FlowContext<P>, step: Extract<Step, { kind: 'ask' }>): Draft {
  const line = context.say(step.prompt.key, step.prompt.words);
  return step.choices ? { lines: [line], choices: step.choices } : { lines: [line] };
}

export function toReply(draft: Draft): Reply {
  return {
    purpose: draft.purpose ?? 'reply',
    text: draft.lines.filter((line) => line !== '').join('\n'),
    ...(draft.choices ? { choices: draft.choices } : {}),
    ...(draft.timeline ? { timeline: draft.timeline } : {}),
    facts: draft.facts ?? [],
  };
}

function join(first: Reply, second: Reply): Reply {
  const choices = [...(first.choices ?? []), ...(second.choices ?? [])];
  const timeline = [...(first.timeline ?? []), ...(second.timeline ?? [])];
  return {
    purpose: first.purpose,
    text: [first.text, second.text].filter((text) => text !== '').join('\n\n'),
    ...(choices.length > 0 ? { choices } : {}),
    ...(timeline.length > 0 ? { timeline } : {}),
    facts: [...first.facts, ...second.facts],
  };
}
