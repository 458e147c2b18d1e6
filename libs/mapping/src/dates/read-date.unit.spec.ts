import { describe, expect, it } from '@jest/globals';
import { readDate, type DateFormat } from './read-date.js';
import { isTimeZone } from './time-zone.js';

const ZONE = 'America/Sao_Paulo';

describe('dates', () => {
  it.each<[string | number, DateFormat, string | null]>([
    ['2026-11-25T17:00:00.000000Z', 'iso', '2026-11-25T17:00:00Z'],
    ['2026-11-23T10:00:02.724-03:00', 'auto', '2026-11-23T13:00:02.724Z'],
    ['2026-11-23T13:00:00+0000', 'auto', '2026-11-23T13:00:00Z'],
    ['2026-11-23 10:00', 'auto', '2026-11-23T13:00:00Z'],
    ['2026-11-23 10:00:30', 'local', '2026-11-23T13:00:30Z'],
    ['23/11/2026', 'auto', '2026-11-23T03:00:00Z'],
    ['23/11/2026 10:00', 'auto', '2026-11-23T13:00:00Z'],
    ['2026-11-23', 'auto', '2026-11-23T03:00:00Z'],
    [1795440000000, 'auto', '2026-11-23T13:20:00Z'],
    [1795440000, 'auto', '2026-11-23T13:20:00Z'],
    ['1795440000', 'epoch_seconds', '2026-11-23T13:20:00Z'],
    [1795440000, 'epoch_milliseconds', '1970-01-21T18:44:00Z'],
    ['31/02/2026', 'auto', null],
    ['2026-13-01', 'auto', null],
    ['2026-11-23T25:00:00Z', 'auto', null],
    ['amanhã', 'auto', null],
    [Number.MAX_VALUE, 'auto', null],
    [1795440000, 'local', null],
  ])('%s as %s → %s', (value, format, expected) => {
    expect(readDate(value, format, ZONE)).toBe(expected);
  });

  it('follow the zone through its changes of clocks', () => {
    expect(readDate('2026-07-01 12:00', 'local', 'America/New_York')).toBe('2026-07-01T16:00:00Z');
    expect(readDate('2026-12-01 12:00', 'local', 'America/New_York')).toBe('2026-12-01T17:00:00Z');
    // Shown twice: the first. Never shown: an hour later on the new clock.
    expect(readDate('2026-11-01 01:30', 'local', 'America/New_York')).toBe('2026-11-01T05:30:00Z');
    expect(readDate('2026-03-08 02:30', 'local', 'America/New_York')).toBe('2026-03-08T07:30:00Z');
  });

  it('in an unknown zone are none', () => {
    expect(readDate('2026-11-23 10:00', 'local', 'Mars/Olympus')).toBeNull();
    expect([isTimeZone('America/Sao_Paulo'), isTimeZone('Mars/Olympus')]).toEqual([true, false]);
  });
});
