import { isSupportedCountry, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import { clean } from '../text/clean.js';
import { readBrazilian } from './brazil.js';

export interface NormalizedPhone {
  /** As it came, trimmed. */
  raw: string;
  /** Null where it can't be dialled: such a number is kept, and matches nothing. */
  e164: string | null;
  /** What equal phones have in common; null with `e164`. Not for showing. */
  matchKey: string | null;
}

/** Longer text is no phone number (E.164 has 15 digits), and parsing it would only cost time. */
const MAX_RAW = 60;

/**
 * Normalises a phone number as people and tools write it. Brazilian numbers follow `readBrazilian`; all others
 * libphonenumber (its `max` metadata, which alone tells a possible from an invented number).
 *
 * @param defaultCountry ISO 3166-1 alpha-2, for numbers without a country code
 */
export function normalizePhone(raw: string, defaultCountry: string): NormalizedPhone {
  const text = clean(raw).trim();
  const country = defaultCountry.trim().toUpperCase();
  const number = text.length > MAX_RAW ? null : withoutExtension(text);
  const found = number === null ? null : readNumber(number, country);
  return { raw: text, e164: found?.e164 ?? null, matchKey: found?.matchKey ?? null };
}

function withoutExtension(text: string): string {
  return text.replace(/[\s,;]*(?:ramal|ext|extension|x|#)[.:\s]*\d{1,6}$/i, '');
}

function readNumber(text: string, country: string): { e164: string; matchKey: string } | null {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 8) return null;
  if (/^\s*\(?\+/.test(text)) return readInternational(digits);
  if (country === 'BR') {
    // 00 is the international prefix only where it leads somewhere; `0` + `0`… is otherwise a slip before an area code.
    const abroad = digits.startsWith('00') ? readInternational(digits.slice(2)) : null;
    return abroad ?? readBrazilian(digits) ?? readWithoutPlus(digits);
  }
  return readWith(text, country) ?? readWithoutPlus(digits);
}

function readInternational(digits: string): { e164: string; matchKey: string } | null {
  if (digits.startsWith('55')) {
    const brazilian = readBrazilian(digits.length < 12 ? digits.slice(2) : digits);
    return brazilian;
  }
  return readWith(`+${digits}`, null);
}

/** Automations drop the plus: twelve digits or more that are a valid number abroad are taken as one. */
function readWithoutPlus(digits: string): { e164: string; matchKey: string } | null {
  if (digits.length < 12) return null;
  if (digits.startsWith('55')) return readBrazilian(digits);
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  return parsed?.isValid() === true ? keyed(parsed.number) : null;
}

function readWith(text: string, country: string | null): { e164: string; matchKey: string } | null {
  if (country !== null && !isCountry(country)) return null;
  const parsed = parsePhoneNumberFromString(
    text,
    country === null ? { extract: false } : { defaultCountry: country, extract: false },
  );
  return parsed?.isPossible() === true ? keyed(parsed.number) : null;
}

function isCountry(code: string): code is CountryCode {
  return isSupportedCountry(code);
}

function keyed(e164: string): { e164: string; matchKey: string } {
  return { e164, matchKey: e164 };
}
