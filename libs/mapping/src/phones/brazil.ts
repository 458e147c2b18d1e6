/** Area codes in use: https://www.anatel.gov.br, Plano Geral de Códigos Nacionais. */
const AREA_CODES = new Set(
  (
    '11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 ' +
    '61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99'
  ).split(' '),
);

export interface BrazilianNumber {
  e164: string;
  /** Mobiles: area code and last eight digits, the same with and without the ninth digit. Landlines: the E.164 number. */
  matchKey: string;
}

/**
 * Reads the digits of a Brazilian number, with or without country code, trunk zero and carrier code. Mobiles from
 * before the ninth digit (and WhatsApp ids, which still lack it) get their 9; landlines never do. 55 is the country code
 * only where enough digits follow: it is also the area code of Santa Maria.
 *
 * @param digits digits only
 * @returns null where it is no number that can be dialled, e.g. without an area code
 */
export function readBrazilian(digits: string): BrazilianNumber | null {
  const national = nationalPart(digits);
  const area = national.slice(0, 2);
  if (!AREA_CODES.has(area)) return null;
  const subscriber = national.slice(2);
  if (subscriber.length === 9 && subscriber.startsWith('9')) return mobile(area, subscriber);
  if (subscriber.length !== 8) return null;
  if (/^[6-9]/.test(subscriber)) return mobile(area, `9${subscriber}`);
  if (!/^[2-5]/.test(subscriber)) return null;
  const e164 = `+55${area}${subscriber}`;
  return { e164, matchKey: e164 };
}

function mobile(area: string, subscriber: string): BrazilianNumber {
  return { e164: `+55${area}${subscriber}`, matchKey: `BR:${area}:${subscriber.slice(-8)}` };
}

function nationalPart(digits: string): string {
  const isInternational = digits.startsWith('55') && digits.length >= 12;
  const afterCountry = isInternational ? digits.slice(2) : digits;
  const afterTrunk = afterCountry.replace(/^0+/, '');
  const hadTrunk = afterTrunk.length < afterCountry.length;
  // 0 15 11 …: the two digits after a trunk zero are the carrier's, where a whole number follows them.
  return hadTrunk && (afterTrunk.length === 12 || afterTrunk.length === 13) ? afterTrunk.slice(2) : afterTrunk;
}
