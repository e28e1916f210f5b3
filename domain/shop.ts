/** A seller's account in one country. An installation serves several. */
export type Shop = {
  readonly id: string;
  readonly name: string;
  /** ISO 3166 alpha-2. */
  readonly country: string;
  /** IANA zone of the customers. */
  readonly zone: string;
  readonly currency: string;
  /** Language used when the customer's is not clear yet. */
  readonly lang: string;
  /** Carriers this shop ships with, likeliest first. */
  readonly carriers: readonly string[];
};
