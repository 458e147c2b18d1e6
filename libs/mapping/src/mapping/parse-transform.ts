import { isTimeZone } from '../dates/time-zone.js';
import { at, isRecord, present, type Checker } from './checker.js';
import { DEAL_STATUSES, type DealStatus } from './mapped.js';
import type { Transform } from './mapping.js';
import { readPathText } from './parse-source.js';

const KINDS = ['trim', 'lower', 'join', 'split', 'first', 'statusTable', 'phone', 'money', 'date'] as const;
const DATE_FORMATS = ['auto', 'iso', 'epoch_seconds', 'epoch_milliseconds', 'local'] as const;
const MAX_TABLE = 200;

export function readTransform(check: Checker, data: unknown, place: string): Transform | undefined {
  if (!isRecord(data)) return check.fail(place, 'must be an object with a kind');
  const kind = check.oneOf(data['kind'], at(place, 'kind'), KINDS);
  switch (kind) {
    case undefined:
      return undefined;
    case 'trim':
    case 'lower':
    case 'first':
      check.object(data, place, ['kind']);
      return { kind };
    case 'join':
      check.object(data, place, ['kind', 'separator']);
      return { kind, ...present({ separator: optionalText(check, data['separator'], at(place, 'separator'), 0, 20) }) };
    case 'split':
      return readSplit(check, data, place);
    case 'statusTable':
      return readStatusTable(check, data, place);
    case 'phone':
      return readPhone(check, data, place);
    case 'money':
      return readMoneyTransform(check, data, place);
    case 'date':
      return readDateTransform(check, data, place);
  }
}

function optionalText(check: Checker, data: unknown, place: string, min: number, max: number): string | undefined {
  return data === undefined ? undefined : check.text(data, place, { min, max });
}

function readSplit(check: Checker, data: Record<string, unknown>, place: string): Transform | undefined {
  check.object(data, place, ['kind', 'separators']);
  const separators = check.text(data['separators'], at(place, 'separators'), { min: 1, max: 20 });
  return separators === undefined ? undefined : { kind: 'split', separators };
}

function readStatusTable(check: Checker, data: Record<string, unknown>, place: string): Transform | undefined {
  check.object(data, place, ['kind', 'table', 'default']);
  const { table } = data;
  if (!isRecord(table)) return check.fail(at(place, 'table'), 'must be an object of payload values to statuses');
  const words = Object.entries(table);
  if (words.length > MAX_TABLE) return check.fail(at(place, 'table'), `must have at most ${MAX_TABLE} entries`);
  const entries = words.map(([word, status]): [string, DealStatus | null] => [
    word,
    readStatus(check, status, `${place}.table[${JSON.stringify(word)}]`),
  ]);
  const other = data['default'] === undefined ? undefined : readStatus(check, data['default'], at(place, 'default'));
  return { kind: 'statusTable', table: Object.fromEntries(entries), ...present({ default: other }) };
}

function readStatus(check: Checker, data: unknown, place: string): DealStatus | null {
  return data === null ? null : (check.oneOf(data, place, DEAL_STATUSES) ?? null);
}

function readPhone(check: Checker, data: Record<string, unknown>, place: string): Transform {
  check.object(data, place, ['kind', 'country', 'countryFrom']);
  const country = optionalText(check, data['country'], at(place, 'country'), 2, 2);
  if (country !== undefined && !/^[A-Za-z]{2}$/.test(country)) {
    check.fail(at(place, 'country'), 'must be an ISO 3166-1 alpha-2 code, such as BR');
  }
  const countryFrom =
    data['countryFrom'] === undefined
      ? undefined
      : check.list(data['countryFrom'], at(place, 'countryFrom'), { min: 1, max: 20 }, (path, where) =>
          readPathText(check, path, where),
        );
  return { kind: 'phone', ...present({ country, countryFrom }) };
}

function readMoneyTransform(check: Checker, data: Record<string, unknown>, place: string): Transform | undefined {
  check.object(data, place, ['kind', 'unit', 'decimalSeparator']);
  const unit = check.oneOf(data['unit'], at(place, 'unit'), ['decimal', 'minor']);
  const separator = data['decimalSeparator'];
  const decimalSeparator =
    separator === undefined ? undefined : check.oneOf(separator, at(place, 'decimalSeparator'), ['.', ',', 'auto']);
  return unit === undefined ? undefined : { kind: 'money', unit, ...present({ decimalSeparator }) };
}

function readDateTransform(check: Checker, data: Record<string, unknown>, place: string): Transform {
  check.object(data, place, ['kind', 'format', 'timeZone']);
  const format =
    data['format'] === undefined ? undefined : check.oneOf(data['format'], at(place, 'format'), DATE_FORMATS);
  const timeZone = optionalText(check, data['timeZone'], at(place, 'timeZone'), 1, 60);
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    check.fail(at(place, 'timeZone'), 'must be a time zone such as America/Sao_Paulo');
  }
  return { kind: 'date', ...present({ format, timeZone }) };
}
