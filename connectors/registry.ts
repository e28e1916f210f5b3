/** Every channel the product speaks. A new one is its folder and one line here. */
import type { Channel } from './channel.ts';
import { jumiaChat } from './jumia/channel.ts';
import { terminal, webchat } from './webchat/channel.ts';
import { whatsapp } from './whatsapp/channel.ts';

export const CHANNELS: readonly Channel[] = [jumiaChat, whatsapp, webchat, terminal];
