/** A text that says something, trimmed; null where it is missing or empty, which never blanks what is known. */
export function known(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** A decimal in the one spelling that the database gives back: no leading zeros, no minus before zero, cents kept. */
export function canonicalDecimal(decimal: string): string {
  const negative = decimal.startsWith('-');
  const digits = (negative ? decimal.slice(1) : decimal).replace(/^0+(?=\d)/, '');
  return negative && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** Whether two decimals are the same amount: `297`, `297.0` and `297.00` are. */
export function sameAmount(one: string, other: string): boolean {
  return withoutTrailingZeros(canonicalDecimal(one)) === withoutTrailingZeros(canonicalDecimal(other));
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
