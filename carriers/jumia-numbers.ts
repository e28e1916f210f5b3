/**
 * Package numbers of Jumia's own logistics, as sellers' guides and integrations show them. There is no public
 * tracking API for them, so Jumia is not in the registry: the order's own status is the answer. The
 * cross-border form contains the order number.
 */
import type { NumberFormat } from './carrier.ts';

export const JUMIA = 'jumia';

const CROSS_BORDER = /^(JG)([A-Z]{2,4})(\d{9})(\d{2,6})$/;

export const JUMIA_NUMBERS: readonly NumberFormat[] = [
  {
    name: 'Jumia cross-border package',
    pattern: CROSS_BORDER,
    distinctive: true,
    written: (cleaned) => cleaned.replace(CROSS_BORDER, '$1-$2-$3-$4'),
    valid: ['JGNJS3193653235711'],
    invalid: ['JGNJS3193', '319365323', 'JG3193653235711'],
  },
  {
    // The first letter is the country's: Nigeria, Egypt, Kenya, Morocco, Ghana, Côte d'Ivoire, Senegal, Uganda.
    name: 'Jumia package',
    pattern: /^(?:NJ|EJ|KJ|MJ|GJ|CJ|SJ|UJ)\d{9}$/,
    distinctive: true,
    valid: ['NJ000000001', 'EJ833555375'],
    invalid: ['NJ0001', 'NJ000000001CN', 'XJ000000001'],
  },
];

/** The order a cross-border package belongs to, or null when the number does not tell. Takes any way of writing it. */
export function orderNumberIn(packageNumber: string): string | null {
  return CROSS_BORDER.exec(packageNumber.replace(/[\s-]/g, '').toUpperCase())?.[3] ?? null;
}
