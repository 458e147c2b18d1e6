/** A time of day on a calendar, without a zone. */
export interface CivilTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

// Making a formatter takes some 50 µs and is the same for ever; there are about 600 zones, so this can't grow.
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is a zone of the IANA database that this runtime knows, such as `America/Sao_Paulo`. */
export function isTimeZone(name: string): boolean {
  return formatterOf(name) !== null;
}

/**
 * The instant (epoch ms) at which clocks in the zone show a time. Where they show it twice (clocks set back) the first;
 * where never (set forward) the instant that the old offset gives, so one hour later on the new clock.
 *
 * @returns null for an unknown zone
 */
export function instantOf(civil: CivilTime, zone: string): number | null {
  const formatter = formatterOf(zone);
  if (formatter === null) return null;
  const asUtc = Date.UTC(civil.year, civil.month - 1, civil.day, civil.hour, civil.minute, civil.second);
  // The offset in force just before and just after any change that day; the earlier one wins in doubt.
  const before = offsetAt(formatter, asUtc - DAY);
  const first = asUtc - before;
  if (offsetAt(formatter, first) === before) return first;
  const after = offsetAt(formatter, asUtc + DAY);
  const second = asUtc - after;
  return offsetAt(formatter, second) === after ? second : first;
}

const DAY = 86_400_000;

function offsetAt(formatter: Intl.DateTimeFormat, instant: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatter.formatToParts(instant)) {
    if (type !== 'literal') parts[type] = Number(value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  try {
    const formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    // Names are case-insensitive: only the canonical spelling is remembered, or the map could grow without end.
    if (formatter.resolvedOptions().timeZone === zone) formatters.set(zone, formatter);
    return formatter;
  } catch {
    return null;
  }
}
