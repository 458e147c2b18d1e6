import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord, type BatchContext, type DecodedRecord, type RecordBytes } from './lean-record-decoder.js';

// Kafkajs' own, from before anything was replaced.
const require = createRequire(import.meta.url);
const path = 'kafkajs/src/protocol/recordBatch/record/v0';
const encode = require(`${path}/index.js`) as (record: object) => { readonly buffer: Buffer };
const decode = require(`${path}/decoder.js`) as (bytes: RecordBytes, batch: BatchContext) => DecodedRecord;
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (buffer: Buffer) => RecordBytes & {
  readVarIntBytes(): Buffer;
};

const bytes = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('x'.repeat(200), 'é'.repeat(9000))));
const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__');
const header = fc.string({ unit: 'grapheme' });
const records = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.dictionary(name, fc.oneof(header, fc.array(header, { minLength: 2, maxLength: 3 })), {
    noNullPrototype: true,
  }),
  offsetDelta: fc.nat(),
  timestampDelta: fc.oneof(fc.nat(), fc.integer({ min: -1000, max: 2 ** 40 })),
});
const batches = fc.record({
  firstOffset: fc.bigInt({ min: 0n, max: 2n ** 60n }).map(String),
  firstTimestamp: fc.constantFrom('-1', '0', '1795519383971'),
  maxTimestamp: fc.constantFrom('1795519383999', '2000000000000'),
  timestampType: fc.constantFrom(0, 1),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
});

/** Headers as the port shows them: kafkajs gives bytes, this gives texts. */
const comparable = ({ headers, ...record }: DecodedRecord) => ({
  ...record,
  headers: Object.entries(headers).map(([key, value]) => [key, ...[value].flat().map(String)]),
});

describe('a record', () => {
  it('is decoded as kafkajs decodes it', () => {
    fc.assert(
      fc.property(records, batches, (record, batch) => {
        const body = new Decoder(encode(record).buffer).readVarIntBytes();
        const [ours, theirs] = [new Decoder(body), new Decoder(body)];
        expect(comparable(decodeRecord(ours, batch))).toEqual(comparable(decode(theirs, batch)));
        expect(ours.offset).toBe(theirs.offset);
      }),
    );
  });
});
