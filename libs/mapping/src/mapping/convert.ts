import { readDate } from '../dates/read-date.js';
import { readMoney, type MoneyFormat } from '../money/read-money.js';
import { readPath } from '../paths/read-path.js';
import { isPayloadObject, type PayloadValue } from '../payload/payload-value.js';
import { cleanEmail, emailKey } from '../phones/email-key.js';
import { normalizePhone, type NormalizedPhone } from '../phones/normalize-phone.js';
import { clean, textOf } from '../text/clean.js';
import { fold } from '../text/fold.js';
import type { DealStatus, WarningCode } from './mapped.js';
import type { Transform } from './mapping.js';
import { compilePaths } from './compile-path.js';
import type { ReadState } from './read-source.js';

/**
 * What became of a value that is there. `none` ends the search without a value (a status table says "sets none");
 * `bad` goes on to the next source, and `kept` is what is used where none is better.
 */
export type Conversion<T> =
  { kind: 'value'; value: T } | { kind: 'none' } | { kind: 'bad'; code: WarningCode; detail: string; kept?: T };

export type Convert<T> = (value: PayloadValue, state: ReadState) => Conversion<T>;

type Of<Kind extends Transform['kind']> = Extract<Transform, { kind: Kind }>;

export function transformOf<Kind extends Transform['kind']>(
  transforms: readonly Transform[],
  kind: Kind,
): Of<Kind> | undefined {
  return transforms.find((transform): transform is Of<Kind> => transform.kind === kind);
}

function value<T>(converted: T): Conversion<T> {
  return { kind: 'value', value: converted };
}

function bad<T>(code: WarningCode, detail: string): Conversion<T> {
  return { kind: 'bad', code, detail };
}

function firstOf(payload: PayloadValue): PayloadValue {
  return Array.isArray(payload) ? (payload[0] ?? null) : payload;
}

/** @param allowObjects custom fields keep objects as JSON; elsewhere they are a mistake in the mapping */
export function textConversion(transforms: readonly Transform[], allowObjects: boolean): Convert<string> {
  const formatted = formattedConversion(transforms);
  if (formatted !== null) return formatted;
  const separator = transformOf(transforms, 'join')?.separator ?? ', ';
  const lower = transformOf(transforms, 'lower') !== undefined;
  const first = transformOf(transforms, 'first') !== undefined;
  return (payload) => {
    const chosen = first ? firstOf(payload) : payload;
    if (!allowObjects && holdsObjects(chosen)) return bad('not_text', 'The path leads to an object, not to a text.');
    const text = textOf(chosen, separator);
    return text === null ? { kind: 'none' } : value(lower ? text.toLowerCase() : text);
  };
}

/** Dates, amounts and phones may fill any text field. */
function formattedConversion(transforms: readonly Transform[]): Convert<string> | null {
  const date = transformOf(transforms, 'date');
  if (date !== undefined) return dateConversion(date);
  const money = transformOf(transforms, 'money');
  if (money !== undefined) return moneyConversion(money, (state) => state.context.currency);
  const phone = transformOf(transforms, 'phone');
  if (phone === undefined) return null;
  const convert = phoneConversion(phone);
  return (payload, state) => {
    const result = convert(payload, state);
    return result.kind === 'value' ? value(result.value.e164 ?? result.value.raw) : bad('invalid_phone', NOT_A_PHONE);
  };
}

function holdsObjects(payload: PayloadValue): boolean {
  return Array.isArray(payload) ? payload.some(isPayloadObject) : isPayloadObject(payload);
}

function dateConversion(date: Of<'date'>): Convert<string> {
  return (payload, state) => {
    const text = readDate(firstOf(payload), date.format ?? 'auto', date.timeZone ?? state.context.timeZone);
    return text === null ? bad('invalid_date', 'The value is not a date in the expected format.') : value(text);
  };
}

export function moneyConversion(
  money: Of<'money'> | undefined,
  currencyOf: (state: ReadState) => string,
): Convert<string> {
  const format: MoneyFormat = { unit: money?.unit ?? 'decimal', decimalSeparator: money?.decimalSeparator ?? 'auto' };
  return (payload, state) => {
    const amount = readMoney(firstOf(payload), format, currencyOf(state));
    return amount === null ? bad('invalid_money', 'The value is not an amount.') : value(amount);
  };
}

export function emailConversion(payload: PayloadValue): Conversion<string> {
  const text = textOf(firstOf(payload));
  const address = text === null ? '' : cleanEmail(text);
  return emailKey(address) === null ? bad('invalid_email', 'The value is not an e-mail address.') : value(address);
}

const NOT_A_PHONE = 'The value is not a phone number that can be dialled.';
/** Fewer digits are a dash, a "no" or an extension, and not worth keeping. */
const MIN_KEPT_DIGITS = 6;
const MAX_KEPT_LENGTH = 60;

export function phoneConversion(transform: Of<'phone'> | undefined): Convert<NormalizedPhone> {
  const countryPaths = compilePaths(transform?.countryFrom);
  return (payload, state) => {
    const text = textOf(firstOf(payload)) ?? '';
    const found = countryPaths.map((path) => textOf(readPath(path, state.item, state.root))).find(isCountryCode);
    const phone = normalizePhone(text, found ?? transform?.country ?? state.context.country);
    if (phone.e164 !== null) return value(phone);
    const worthKeeping = phone.raw.length <= MAX_KEPT_LENGTH && phone.raw.replace(/\D/g, '').length >= MIN_KEPT_DIGITS;
    return { kind: 'bad', code: 'invalid_phone', detail: NOT_A_PHONE, ...(worthKeeping ? { kept: phone } : {}) };
  };
}

function isCountryCode(text: string | null): text is string {
  return text !== null && /^[a-z]{2}$/i.test(text);
}

/** What people and tools commonly call the three, for mappings without a table. */
const COMMON_STATUSES: Record<string, DealStatus> = {
  open: 'OPEN',
  aberto: 'OPEN',
  aberta: 'OPEN',
  won: 'WON',
  ganho: 'WON',
  ganha: 'WON',
  lost: 'LOST',
  perdido: 'LOST',
  perdida: 'LOST',
};

export function statusConversion(transform: Of<'statusTable'> | undefined): Convert<DealStatus> {
  const table = new Map(
    Object.entries(transform?.table ?? COMMON_STATUSES).map(([word, status]) => [fold(word), status] as const),
  );
  const other = transform?.default;
  return (payload) => {
    const status = table.get(fold(textOf(firstOf(payload)) ?? ''));
    if (status !== undefined) return status === null ? { kind: 'none' } : value(status);
    if (other !== undefined) return other === null ? { kind: 'none' } : value(other);
    return bad('unknown_status', 'The value is not in the status table.');
  };
}

export function tagsConversion(transforms: readonly Transform[]): Convert<string[]> {
  const separators = transformOf(transforms, 'split')?.separators ?? ',;\n';
  const first = transformOf(transforms, 'first') !== undefined;
  const lower = transformOf(transforms, 'lower') !== undefined;
  return (payload) => {
    const chosen = first ? firstOf(payload) : payload;
    if (holdsObjects(chosen)) return bad('not_text', 'The path leads to an object, not to tags.');
    const tags = Array.isArray(chosen)
      ? chosen.map((tag) => textOf(tag) ?? '')
      : splitAt(textOf(chosen) ?? '', separators);
    return value(tags.map((tag) => (lower ? clean(tag).toLowerCase() : clean(tag)).trim()).filter((tag) => tag !== ''));
  };
}

function splitAt(text: string, separators: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !separators.includes(text.charAt(at))) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return parts;
}
