/** What follows from a shop's country unless its configuration says otherwise. */
export type CountryDefaults = { readonly zone: string; readonly currency: string; readonly lang: string };

export const COUNTRIES: Readonly<Record<string, CountryDefaults>> = {
  NG: { zone: 'Africa/Lagos', currency: 'NGN', lang: 'en' },
  KE: { zone: 'Africa/Nairobi', currency: 'KES', lang: 'en' },
  EG: { zone: 'Africa/Cairo', currency: 'EGP', lang: 'en' },
  MA: { zone: 'Africa/Casablanca', currency: 'MAD', lang: 'fr' },
  CI: { zone: 'Africa/Abidjan', currency: 'XOF', lang: 'fr' },
  SN: { zone: 'Africa/Dakar', currency: 'XOF', lang: 'fr' },
  GH: { zone: 'Africa/Accra', currency: 'GHS', lang: 'en' },
  UG: { zone: 'Africa/Kampala', currency: 'UGX', lang: 'en' },
};
