/** ISO 4217 currencies whose minor unit is not a hundredth. https://www.six-group.com/en/products-services/financial-information/data-standards.html */
const FRACTION_DIGITS: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
]);

/** Digits of the currency's minor unit: 2 for BRL, 0 for JPY, 3 for KWD. */
export function fractionDigits(currency: string): number {
  return FRACTION_DIGITS.get(currency) ?? 2;
}

/** An ISO 4217 code in upper case, or null: `brl` → `BRL`, `R$` → `BRL`. */
export function readCurrency(text: string): string | null {
  const code = text.trim().toUpperCase();
  if (/^[A-Z]{3}$/.test(code)) return code;
  return code === 'R$' ? 'BRL' : code === 'US$' ? 'USD' : code === '€' ? 'EUR' : code === '£' ? 'GBP' : null;
}
