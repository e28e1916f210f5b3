/** Check digits of tracking numbers, after github.com/jkeen/tracking_number_data (MIT) and UPU S10. */

function digits(text: string): number[] {
  return [...text].map(Number);
}

/** UPU S10: two letters, eight digits, check digit, country. Weights 8 6 4 2 3 5 9 7, modulo 11. */
export function upuS10(cleaned: string): boolean {
  const weights = [8, 6, 4, 2, 3, 5, 9, 7];
  const serial = digits(cleaned.slice(2, 10));
  const sum = serial.reduce((total, digit, index) => total + digit * (weights[index] ?? 0), 0);
  const remainder = 11 - (sum % 11);
  const expected = remainder === 10 ? 0 : remainder === 11 ? 5 : remainder;
  return Number(cleaned[10]) === expected;
}

/** DHL Express: the number without its last digit, modulo 7, is the last digit. */
export function mod7(cleaned: string): boolean {
  return Number(BigInt(cleaned.slice(0, -1)) % 7n) === Number(cleaned.at(-1));
}

/** UPS 1Z: letters count as (ASCII − 3) mod 10, every second character twice, modulo 10. */
export function ups1Z(cleaned: string): boolean {
  const body = [...cleaned.slice(2, -1)];
  const sum = body.reduce((total, char, index) => {
    const value = /\d/.test(char) ? Number(char) : (char.charCodeAt(0) - 3) % 10;
    return total + (index % 2 === 1 ? value * 2 : value);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(cleaned.at(-1));
}

/** FedEx Express, 12 digits: weights 3 1 7 repeating, modulo 11, modulo 10. */
export function fedex12(cleaned: string): boolean {
  const weights = [3, 1, 7];
  const sum = digits(cleaned.slice(0, 11)).reduce(
    (total, digit, index) => total + digit * (weights[index % 3] ?? 0),
    0,
  );
  return (sum % 11) % 10 === Number(cleaned[11]);
}

/** FedEx Ground, 15 digits: digits at odd index three times, modulo 10. */
export function fedex15(cleaned: string): boolean {
  const sum = digits(cleaned.slice(0, 14)).reduce(
    (total, digit, index) => total + digit * (index % 2 === 1 ? 3 : 1),
    0,
  );
  return (10 - (sum % 10)) % 10 === Number(cleaned[14]);
}
