import type { PayloadValue } from '../payload/payload-value.js';
import { instantOf, type CivilTime } from './time-zone.js';

/** `auto` tells them apart; a number below 1e11 is then seconds (1e11 s lie in the year 5138, 1e11 ms in 1973). */
export type DateFormat = 'auto' | 'iso' | 'epoch_seconds' | 'epoch_milliseconds' | 'local';

/**
 * A date as ISO 8601 in UTC, e.g. `2026-11-25T17:00:00Z`; a fraction of a second only where there is one.
 *
 * Reads ISO 8601, epoch seconds and milliseconds (numbers or text), `YYYY-MM-DD HH:mm[:ss]` and
 * `DD/MM/YYYY [HH:mm[:ss]]`. Without an offset the time is one on clocks in `timeZone`; without a time, midnight there.
 *
 * @returns null where it is no date (31/02 too), or the zone is unknown
 */
export function readDate(value: PayloadValue, format: DateFormat, timeZone: string): string | null {
  const instant = instantIn(value, format, timeZone);
  if (instant === null || !Number.isFinite(instant) || Math.abs(instant) > MAX_INSTANT) return null;
  const text = new Date(instant).toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text;
}

/** The end of the year 9999, the last that RFC 3339 can write. */
const MAX_INSTANT = 253_402_300_799_999;

function instantIn(value: PayloadValue, format: DateFormat, timeZone: string): number | null {
  if (typeof value === 'number') return format === 'iso' || format === 'local' ? null : fromEpoch(value, format);
  if (typeof value !== 'string' || value.length > MAX_TEXT) return null;
  const text = value.trim();
  if (/^-?\d{9,16}(?:\.\d+)?$/.test(text) && format !== 'iso' && format !== 'local')
    return fromEpoch(Number(text), format);
  if (format === 'epoch_seconds' || format === 'epoch_milliseconds') return null;
  return fromText(text, timeZone);
}

const MAX_TEXT = 40;

function fromEpoch(value: number, format: DateFormat): number {
  const isSeconds = format === 'epoch_seconds' || (format === 'auto' && Math.abs(value) < 1e11);
  return Math.round(isSeconds ? value * 1_000 : value);
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[-+]\d{2}(?::?\d{2})?)?)?$/i;
const BRAZILIAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:[ ,T-]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

function fromText(text: string, timeZone: string): number | null {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction = '', offset] = iso;
    const civil = civilTime(year, month, day, hour, minute, second);
    const millis = Number(fraction.slice(0, 3).padEnd(3, '0'));
    return civil === null ? null : addMillis(atOffset(civil, offset, timeZone), millis);
  }
  const [, day, month, year, hour, minute, second] = BRAZILIAN.exec(text) ?? [];
  const civil = day === undefined ? null : civilTime(year, month, day, hour, minute, second);
  return civil === null ? null : instantOf(civil, timeZone);
}

function addMillis(instant: number | null, millis: number): number | null {
  return instant === null ? null : instant + millis;
}

function atOffset(civil: CivilTime, offset: string | undefined, timeZone: string): number | null {
  if (offset === undefined) return instantOf(civil, timeZone);
  const asUtc = Date.UTC(civil.year, civil.month - 1, civil.day, civil.hour, civil.minute, civil.second);
  if (offset.toUpperCase() === 'Z') return asUtc;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return asUtc - (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

type Digits = string | undefined;

/** Null for what no calendar shows, such as 31 February or 25:00. */
function civilTime(
  year: Digits,
  month: Digits,
  day: Digits,
  hour: Digits,
  minute: Digits,
  second: Digits,
): CivilTime | null {
  const civil = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
  };
  if (civil.year < 1000 || civil.hour > 23 || civil.minute > 59 || civil.second > 59) return null;
  const date = new Date(Date.UTC(civil.year, civil.month - 1, civil.day));
  return date.getUTCMonth() === civil.month - 1 && date.getUTCDate() === civil.day ? civil : null;
}
