/** The second message that was promised when a carrier or the marketplace did not answer in time. */
import { z } from 'zod';
import type { Bot, FollowUpResult } from '../engine/bot.ts';
import { isOver, describeParcel } from './parcel-words.ts';
import { mayTell } from './order-slots.ts';
import { readParcels } from './parcels.ts';
import type { LogisticsPorts } from './ports.ts';

const followUpData = z.object({ orderNumber: z.string() });

/** Waits between attempts, in milliseconds; after the last the customer is told that the carrier stays silent. */
const WAITS_MS = [15_000, 60_000, 300_000, 900_000];

type FollowUp = NonNullable<Bot<LogisticsPorts>['followUp']>;

export const followUp: FollowUp = async (data, context, attempt): Promise<FollowUpResult> => {
  const { orderNumber } = followUpData.parse(data);
  // Promised to somebody who was vouched for then; never told to anybody else.
  if (!mayTell(context, orderNumber)) return { kind: 'done' };
  const wait = WAITS_MS[attempt];
  const lookup = await context.ports.findOrder(orderNumber, context.signal);
  if (lookup.kind === 'not_found') {
    return { kind: 'say', drafts: [{ lines: [context.say('order.not_found', { number: orderNumber })] }] };
  }
  if (lookup.kind === 'unavailable') {
    if (wait !== undefined) return { kind: 'again', afterMs: wait };
    return {
      kind: 'say',
      drafts: [{ lines: [context.say('order.still_unavailable', { number: orderNumber })] }],
    };
  }
  const { order } = lookup;
  const full = {
    ...context,
    intent: 'track_order',
    text: '',
    choice: null,
    pointed: null,
    understanding: NO_UNDERSTANDING,
  };
  const parcels = await readParcels(full, order);
  const silent = parcels.some((parcel) => parcel.news.kind === 'carrier_silent');
  if (silent && wait !== undefined) return { kind: 'again', afterMs: wait };
  const told = parcels.filter(
    (parcel) =>
      parcel.news.kind !== 'carrier_silent' &&
      !(isOver(parcel) && parcels.length > 1 && parcel.news.kind === 'marketplace'),
  );
  if (silent && told.length === 0) {
    return {
      kind: 'say',
      drafts: [
        { purpose: 'order_update', lines: [context.say('follow_up.still_silent', { number: orderNumber })] },
      ],
    };
  }
  const head = {
    purpose: 'order_update' as const,
    lines: [context.say('follow_up.headline', { number: orderNumber })],
    facts: [{ name: 'order', value: orderNumber, source: 'jumia', readAt: order.readAt }],
  };
  const blocks = told.map((parcel) => ({
    ...describeParcel(full, parcel, order.country, order.readAt),
    purpose: 'order_update' as const,
  }));
  return { kind: 'say', drafts: [head, ...blocks] };
};

const NO_UNDERSTANDING = {
  lang: '',
  langConfidence: 0,
  intent: 'track_order',
  confidence: 1,
  alternatives: [],
  entities: [],
  model: '',
};
