/** The logistics bot: every intent of the shop's customers, each with its flow. */
import type { Bot, Memory } from '../engine/bot.ts';
import { answerFlows } from './flows/answers.ts';
import { requestFlows } from './flows/requests.ts';
import { returnFlows } from './flows/returns.ts';
import { smallTalkFlows } from './flows/small-talk.ts';
import { trackingFlows } from './flows/tracking.ts';
import { followUp } from './follow-up.ts';
import { access, reference, rememberReference } from './order-slots.ts';
import type { LogisticsPorts } from './ports.ts';

/** Topics a bare order number may continue. */
const ABOUT_AN_ORDER = new Set([
  ...Object.keys(trackingFlows),
  ...Object.keys(returnFlows),
  'cancel_order',
  'change_address',
  'reschedule_delivery',
  'pickup_station',
  'invoice',
]);

export const logistics: Bot<LogisticsPorts> = {
  id: 'logistics',
  namespace: 'bot',
  flows: {
    ...smallTalkFlows,
    ...answerFlows,
    ...requestFlows,
    ...returnFlows,
    ...trackingFlows,
    give_reference: trackingFlows.track_order,
  },
  slots: { reference, access },
  bareReference: 'give_reference',
  alike: ['track_order', 'delivery_eta', 'delivery_late'],
  suggests: 'track_order',
  remember: rememberReference,
  lasting: ['failedChecks', 'askedChecks'],
  whenNothingOpen: (intent: string, memory: Memory) => {
    if (intent !== 'give_reference') return intent;
    return memory.topic && ABOUT_AN_ORDER.has(memory.topic) ? memory.topic : 'track_order';
  },
  followUp,
};
