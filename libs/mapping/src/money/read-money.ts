import type { PayloadValue } from '../payload/payload-value.js';
import { fractionDigits } from './currency.js';

export interface MoneyFormat {
  /** `minor`: cents (or what the currency has for them). */
  unit: 'decimal' | 'minor';
  /**
   * The decimal separator of amounts sent as text. `auto` reads `1.234,56` and `1,234.56` alike; a lone separator with
   * exactly three digits after it is then one of thousands (`1.500` is what people type for 1500), but
   * for currencies with three decimals.
   */
  decimalSeparator: '.' | ',' | 'auto';
}

/** What an event's decimal holds: 18 digits before the point, 6 after. */
const MAX_INTEGER_DIGITS = 18;
const MAX_FRACTION_DIGITS = 6;

/**
 * An amount as a decimal string in the major unit, with at least the currency's digits: 29700 cents of BRL → `297.00`.
 * More than six decimals (the dust of float arithmetic) are rounded half away from zero.
 *
 * @param currency ISO 4217, upper case: says how many digits the minor unit has
 * @returns null where the value is no amount
 */
export function readMoney(value: PayloadValue, format: MoneyFormat, currency: string): string | null {
  const minorDigits = fractionDigits(currency);
  const plain =
    typeof value === 'number'
      ? plainNumber(value)
      : typeof value === 'string'
        ? plainText(value, format, minorDigits)
        : null;
  if (plain === null) return null;
  const shifted = format.unit === 'minor' ? shiftPoint(plain, minorDigits) : plain;
  return normalised(shifted, minorDigits);
}

interface Plain {
  negative: boolean;
  integer: string;
  fraction: string;
}

function plainNumber(value: number): Plain | null {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e18) return null;
  const text = String(value);
  // Numbers below 1e-6 are written with an exponent; toFixed writes them out.
  return splitPlain(text.includes('e') ? value.toFixed(12) : text);
}

function splitPlain(text: string): Plain | null {
  const parts = /^([-+]?)(\d*)(?:\.(\d*))?$/.exec(text);
  const [, sign = '', integer = '', fraction = ''] = parts ?? [];
  return parts === null || integer + fraction === '' ? null : { negative: sign === '-', integer, fraction };
}

const DECORATION = String.raw`(?:R\$|US\$|\$|€|£|[A-Z]{3})`;
const AMOUNT = new RegExp(String.raw`^(-?)${DECORATION}?([-+]?[\d.,' ]*\d)${DECORATION}?$`, 'i');
const MAX_TEXT = 40;

function plainText(text: string, format: MoneyFormat, minorDigits: number): Plain | null {
  if (text.length > MAX_TEXT) return null;
  const match = AMOUNT.exec(text.replace(/\s+/g, ''));
  if (match === null) return null;
  const [, sign = '', digits = ''] = match;
  if (sign === '-' && /^[-+]/.test(digits)) return null;
  const separator = format.decimalSeparator === 'auto' ? guessSeparator(digits, minorDigits) : format.decimalSeparator;
  return separator === null ? null : splitPlain(sign + withPoint(digits, separator));
}

function withPoint(digits: string, separator: '.' | ','): string {
  const grouping = separator === '.' ? /[,']/g : /[.']/g;
  return digits.replace(grouping, '').replace(',', '.');
}

/** Which of `.` and `,` is the decimal one; null where the text has them in no order that an amount can have. */
function guessSeparator(digits: string, minorDigits: number): '.' | ',' | null {
  const dots = digits.split('.').length - 1;
  const commas = digits.split(',').length - 1;
  if (dots > 0 && commas > 0) {
    const last = digits.lastIndexOf('.') > digits.lastIndexOf(',') ? '.' : ',';
    return (last === '.' ? dots : commas) === 1 ? last : null;
  }
  const only = dots > 0 ? '.' : ',';
  const other = only === '.' ? ',' : '.';
  if (dots + commas > 1) return other;
  return minorDigits !== 3 && /^[-+]?[1-9]\d{0,2}[.,]\d{3}$/.test(digits) ? other : only;
}

function shiftPoint(plain: Plain, digits: number): Plain {
  if (digits === 0) return plain;
  const integer = plain.integer.padStart(digits + 1, '0');
  return {
    negative: plain.negative,
    integer: integer.slice(0, -digits),
    fraction: integer.slice(-digits) + plain.fraction,
  };
}

function normalised(plain: Plain, minDigits: number): string | null {
  const integer = plain.integer.replace(/^0+(?=\d)/, '') || '0';
  const { whole, fraction } = rounded(integer, plain.fraction);
  if (whole.length > MAX_INTEGER_DIGITS) return null;
  const shown = fraction.replace(/0+$/, '').padEnd(minDigits, '0');
  const isZero = /^0*$/.test(whole + shown);
  return `${plain.negative && !isZero ? '-' : ''}${whole}${shown === '' ? '' : `.${shown}`}`;
}

function rounded(integer: string, fraction: string): { whole: string; fraction: string } {
  if (fraction.length <= MAX_FRACTION_DIGITS) return { whole: integer, fraction };
  const kept = integer + fraction.slice(0, MAX_FRACTION_DIGITS);
  const up = fraction.charAt(MAX_FRACTION_DIGITS) >= '5' ? 1n : 0n;
  const scaled = (BigInt(kept) + up).toString().padStart(MAX_FRACTION_DIGITS + 1, '0');
  return { whole: scaled.slice(0, -MAX_FRACTION_DIGITS), fraction: scaled.slice(-MAX_FRACTION_DIGITS) };
}
