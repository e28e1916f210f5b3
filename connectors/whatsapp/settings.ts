/** What the channel needs of the configuration: one app, several numbers. */
import { z } from 'zod';

const template = z.object({ name: z.string().min(1), language: z.string().min(2) });

export const whatsappSettings = z.object({
  appSecrets: z.array(z.string().min(1)).min(1),
  verifyToken: z.string().min(1),
  graphUrl: z.url(),
  version: z.string().regex(/^v\d+\.\d+$/),
  numbers: z.array(
    z.object({
      phoneNumberId: z.string().min(1),
      token: z.string().min(1),
      /** By purpose and language. */
      templates: z.record(z.string(), z.record(z.string(), template)),
    }),
  ),
  /** What opens a list of choices, by language. */
  listLabels: z.record(z.string(), z.string().min(1)),
});
export type WhatsappSettings = z.infer<typeof whatsappSettings>;
