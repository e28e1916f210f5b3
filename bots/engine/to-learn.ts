/** A message the engine was unsure about, without the customer's numbers; `corrected` is what the customer chose. */
export type ToLearn = {
  readonly text: string;
  readonly intent: string;
  readonly confidence: number;
  readonly corrected: string | null;
};
