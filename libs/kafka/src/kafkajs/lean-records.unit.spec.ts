import { createRequire } from 'node:module';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { crc32c, encodeRecord, type EncodedRecord, type RecordToEncode } from './lean-records.js';

// Kafkajs' own, from before anything was replaced.
const require = createRequire(import.meta.url);
const theirs = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: RecordToEncode,
) => EncodedRecord;
const theirChecksum = require('kafkajs/src/protocol/recordBatch/crc32C/crc32C.js') as (bytes: Buffer) => number;

const texts = [
  '',
  'a',
  'ação',
  '😀',
  'x'.repeat(63),
  'x'.repeat(64),
  'é'.repeat(64),
  'x'.repeat(8191),
  'x'.repeat(8192),
];
const records: RecordToEncode[] = [
  { value: null },
  { value: 'x', key: null, headers: {} },
  ...texts.map((text) => ({ value: text, key: text, headers: { [text]: text, ce_id: text } })),
  { value: randomBytes(70_000), key: randomBytes(3), headers: { a: 'b' } },
  ...[0, 1, 63, 64, 8191, 8192, 1_000_000].map((delta) => ({
    ...{ value: 'x', key: 'k', headers: { ce_type: 'ponte.DealCreated.v1' } },
    ...{ offsetDelta: delta, timestampDelta: delta },
  })),
];

describe('a record', () => {
  it.each(records)('is encoded as kafkajs encodes it: %#', (record) => {
    const encoded = encodeRecord(record)?.buffer;
    const { buffer } = theirs(record);
    expect(encoded?.equals(buffer)).toBe(true);
  });

  it('with headers of another kind is left to kafkajs', () => {
    expect(encodeRecord({ value: 'x', headers: { many: ['a', 'b'] } })).toBeNull();
    expect(encodeRecord({ value: 'x', headers: { bytes: Buffer.from('a') } })).toBeNull();
  });
});

describe('a checksum', () => {
  it('is the one of the RFC', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('is the one of kafkajs for any length', () => {
    for (let length = 0; length < 40; length += 1) {
      const bytes = randomBytes(length);
      expect(crc32c(bytes)).toBe(theirChecksum(bytes));
    }
    const long = randomBytes(1_000_001);
    expect(crc32c(long.subarray(1))).toBe(theirChecksum(long.subarray(1)));
  });
});
