import { describe, expect, it } from '@jest/globals';
import { recordBytes, recordFits } from './record.js';

const record = (data: string, traceparent: string | null = null) => ({
  ...{ type: 'ponte.Said.v1', workspaceId: 'w', subject: 'deal/1', correlationId: 'c', causationId: null },
  ...{ data, traceparent },
});

describe('a record fits', () => {
  it.each([
    ['letters of one byte', record('x'.repeat(1_000))],
    ['letters of three', record('€'.repeat(1_000), 'ç')],
    ['letters of two units', record('😀'.repeat(1_000))],
  ])('up to the bytes that it takes and not one less, with %s', (_what, given) => {
    const bytes = recordBytes(given);
    expect(recordFits(given, bytes)).toBe(true);
    expect(recordFits(given, bytes - 1)).toBe(false);
    expect(recordFits(given, 10 * bytes)).toBe(true);
  });
});
