/**
 * A second, tiny bot: when a shop is open. It shows all there is to a bot of one's own, and keeps the engine honest:
 * nothing in `engine/` knows of orders. Walk-through: docs/bots.md. Sentences: locales/<lang>/opening-hours.json.
 */
import { DateTime } from 'luxon';
import type { Bot, Flow, FlowContext, Words } from './engine/bot.ts';

/** Minutes after midnight, local time. */
export type Hours = { readonly opens: number; readonly closes: number };

export type OpeningHoursPorts = {
  /** Null where there is no branch. `weekday` is 1 (Monday) to 7. */
  readonly hours: (city: string, weekday: number) => Promise<Hours | 'closed' | null>;
};

type Context = FlowContext<OpeningHoursPorts>;

const cityIn = ({ understanding }: Context): string | undefined =>
  understanding.entities.find(({ type }) => type === 'city')?.value;

const opening: Flow<OpeningHoursPorts> = {
  needs: ['city'],
  run: async (context) => {
    const city = String(context.memory.slots['city']);
    const today = DateTime.fromMillis(context.now, { zone: context.shop.zone });
    const hours = await context.ports.hours(city, today.weekday);
    const clock = (minutes: number): string =>
      today.startOf('day').plus({ minutes }).setLocale(context.lang).toFormat('HH:mm');
    const key = hours === null ? 'no_branch' : hours === 'closed' ? 'closed' : 'open';
    const times: Words =
      hours === null || hours === 'closed' ? {} : { opens: clock(hours.opens), closes: clock(hours.closes) };
    const facts = [{ name: 'hours', value: key, source: 'shop', readAt: context.now }];
    return { kind: 'say', drafts: [{ lines: [context.say(`answers.${key}`, { city, ...times })], facts }] };
  },
};

const courtesy: Flow<OpeningHoursPorts> = {
  needs: [],
  smallTalk: true,
  run: ({ say, intent }) => ({ kind: 'say', drafts: [{ lines: [say(`answers.${intent}`)] }] }),
};

const person: Flow<OpeningHoursPorts> = {
  needs: [],
  run: ({ say }) => ({
    kind: 'handoff',
    request: { reason: 'customer_request', note: 'asked for a person.' },
    drafts: [{ purpose: 'handover_notice', lines: [say('answers.talk_to_human')] }],
  }),
};

export const openingHours: Bot<OpeningHoursPorts> = {
  id: 'opening-hours',
  namespace: 'opening-hours',
  flows: { opening_hours: opening, greet: courtesy, thank: courtesy, talk_to_human: person },
  slots: {
    city: {
      answers: (context) => cityIn(context) !== undefined,
      fill: (context) => {
        const city = cityIn(context) ?? context.memory.slots['city'];
        return Promise.resolve(
          city === undefined
            ? { kind: 'ask', slot: 'city', prompt: { key: 'ask.city' } }
            : { kind: 'filled', slots: { city } },
        );
      },
    },
  },
  suggests: 'opening_hours',
  whenNothingOpen: (intent) => intent,
};
