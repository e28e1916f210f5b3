/** Remarks that neither ask nor answer: "wait", a lone question mark. Whatever was open stays open. */
import { asksToWait, saysNothing } from './commands.ts';
import type { Commands } from './commands.ts';
import type { FlowContext, Step } from './bot.ts';

/** What to say to a remark; null when the message is more than one. */
export function answerAside<P>(context: FlowContext<P>, commands: Commands): Step | null {
  const { text, choice, memory, say } = context;
  if (choice !== null) return null;
  if (asksToWait(text, commands)) return { kind: 'say', drafts: [{ lines: [say('engine.take_your_time')] }] };
  if (!saysNothing(text)) return null;
  const { open } = memory;
  return {
    kind: 'say',
    drafts: [
      { lines: [open?.kind === 'slot' ? say(open.prompt.key, open.prompt.words) : say('engine.listening')] },
    ],
  };
}
