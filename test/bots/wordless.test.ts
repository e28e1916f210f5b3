import { join } from 'node:path';
import { expect } from 'chai';
import { openingHours } from '../../bots/opening-hours.ts';
import type { Memory } from '../../bots/engine/bot.ts';
import { EMPTY_MEMORY } from '../../bots/engine/bot.ts';
import { readCommands } from '../../bots/engine/commands.ts';
import { createSpeak } from '../../bots/engine/speak.ts';
import { NO_SCREEN } from '../../bots/engine/screened.ts';
import type { TurnResult } from '../../bots/engine/turn.ts';
import { runTurn } from '../../bots/engine/turn.ts';
import type { Wordless } from '../../bots/engine/wordless.ts';
import { WORDLESS, WORDLESS_NAMESPACE } from '../../bots/engine/wordless.ts';
import { PACKAGE_ROOT } from '../../server/package-root.ts';
import { readSentences } from '../../server/sentences.ts';

const sentences = readSentences(join(PACKAGE_ROOT, 'locales'));
const SHOP = { id: 's', name: 'Shop', country: 'MA', zone: 'UTC', currency: 'MAD', lang: 'fr', carriers: [] };

describe('a message without words', () => {
  let speak: Awaited<ReturnType<typeof createSpeak>>;
  before(async () => {
    speak = await createSpeak(sentences, 'en');
  });

  const turn = (wordless: Wordless | null, memory: Memory, lang: string | null = 'en'): Promise<TurnResult> =>
    runTurn(
      openingHours,
      {
        text: wordless ? '' : 'hello',
        choice: null,
        wordless,
        memory,
        lang,
        shop: SHOP,
        trust: 'none',
        boundOrder: null,
        customerName: null,
        product: null,
        localeHint: null,
        now: 0,
        signal: new AbortController().signal,
      },
      {
        screen: NO_SCREEN,
        understand: () =>
          Promise.resolve({
            lang: 'pt',
            langConfidence: 1,
            intent: wordless ? 'out_of_scope' : 'greet',
            confidence: 1,
            alternatives: [],
            entities: [],
            model: 'm',
          }),
        speak,
        thresholds: { answer: 0.6, clarify: 0.2 },
        languages: ['en', 'fr', 'pt'],
        commands: readCommands(sentences),
        guard: () => ({ verdict: 'allow', rule: null, evidence: null, clause: null }),
        bot: { hoursIn: () => null } as never,
      },
    );
  /** What became of one message after the other: asked, handed over, or nothing said. */
  const after = async (...kinds: readonly (Wordless | null)[]): Promise<string[]> => {
    let memory = EMPTY_MEMORY;
    const heard: string[] = [];
    for (const kind of kinds) {
      const result = await turn(kind, memory);
      ({ memory } = result);
      heard.push(result.handoff ? result.handoff.reason : result.replies.length > 0 ? 'said' : 'silent');
    }
    return heard;
  };

  it('is asked for words once; a second one in a row goes to a person', async () => {
    expect(await after('voice', 'voice')).to.deep.equal(['said', 'repeated_failure']);
    expect(await after('image', 'voice')).to.deep.equal(['said', 'repeated_failure']);
  });

  it('counts from anew once something was written', async () => {
    expect(await after('voice', null, 'voice', 'image')).to.deep.equal([
      'said',
      'said',
      'said',
      'repeated_failure',
    ]);
  });

  it('is answered once when it is a sticker, and never a reason to hand over', async () => {
    expect(await after('sticker', 'sticker', 'voice', 'sticker')).to.deep.equal([
      'said',
      'silent',
      'said',
      'silent',
    ]);
  });

  it('leaves an open question open', async () => {
    const open = { kind: 'offer', yes: 'talk_to_human', no: null } as const;
    const { memory } = await turn('voice', { ...EMPTY_MEMORY, open, unsure: 1, topic: 'opening_hours' });
    expect(memory).to.deep.include({
      open,
      unsure: 1,
      topic: 'opening_hours',
      wordless: ['voice'],
      turns: 1,
    });
  });

  it('is answered in the language of the conversation, else of the shop, never in a guessed one', async () => {
    expect((await turn('voice', EMPTY_MEMORY, 'en')).replies[0]?.text).to.include('voice notes');
    expect((await turn('voice', EMPTY_MEMORY, null)).replies[0]?.text).to.include('messages vocaux');
  });

  it('has a sentence for every kind in every language, and none to spare', () => {
    for (const [lang, spaces] of Object.entries(sentences))
      expect(Object.keys(spaces[WORDLESS_NAMESPACE] ?? {}).sort(), lang).to.deep.equal(
        [...WORDLESS, 'handing_over'].sort(),
      );
  });
});
