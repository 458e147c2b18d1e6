import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Encoded } from './frame-request.js';
import {
  encodeProduce,
  leanProduce,
  type MessageToProduce,
  type PartitionToProduce,
  type ProduceOptions,
} from './lean-produce.js';

// Kafkajs' own, from before anything was replaced.
const require = createRequire(import.meta.url);
const theirRequest = require('kafkajs/src/protocol/requests/produce/v3/request.js') as Parameters<
  typeof leanProduce
>[0];

const NOW = 1_795_519_383_971;

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
const messages: MessageToProduce[] = [
  { value: null },
  { value: 'x', key: null, headers: {} },
  ...texts.map((text) => ({ value: text, key: text, headers: { [text]: text, ce_id: text } })),
  { value: randomBytes(70_000), key: randomBytes(3), headers: { a: 'b' } },
];

function produce(partitions: readonly PartitionToProduce[], others: Partial<ProduceOptions> = {}): ProduceOptions {
  return {
    acks: -1,
    timeout: 10_000,
    producerId: 4_711,
    producerEpoch: 3,
    topicData: [{ topic: 'tópico', partitions }],
    ...others,
  };
}

const bytesOf = async (encoded: Promise<Encoded> | Encoded | null) => (await encoded)?.buffer.toString('hex');

describe('a request to produce', () => {
  beforeAll(() => {
    jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  const asTheirs = async (options: ProduceOptions) => {
    expect(await bytesOf(encodeProduce(options, NOW))).toBe(await bytesOf(theirRequest(options).encode()));
  };

  it.each(messages)('is encoded as kafkajs encodes it: %#', (message) =>
    asTheirs(produce([{ partition: 7, firstSequence: 2 ** 31 - 2, messages: [message] }])),
  );

  it('of many records, partitions and topics is', async () => {
    const many = Array.from({ length: 300 }, (_, number) => ({ key: 'k', value: String(number), headers: { n: 'x' } }));
    const partitions = [
      { partition: 0, firstSequence: 0, messages: many },
      { partition: 23, firstSequence: 70_000, messages },
    ];
    await asTheirs(produce(partitions));
    const topicData = [
      { topic: 'a', partitions },
      { topic: 'b', partitions: partitions.slice(1) },
    ];
    await asTheirs(produce([], { topicData, producerId: '9007199254740993', acks: 1 }));
  });

  it('of anything else that a record may be is', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const message = fc.record({ key: fc.option(text), value: fc.option(text), headers: fc.dictionary(text, text) });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), (some) =>
        asTheirs(produce([{ partition: 1, firstSequence: 1, messages: some }])),
      ),
    );
  });

  it.each<[string, MessageToProduce, Partial<ProduceOptions>]>([
    ['with a list in a header', { value: 'x', headers: { many: ['a', 'b'] } }, {}],
    ['with bytes in a header', { value: 'x', headers: { bytes: Buffer.from('a') } }, {}],
    ['with a time of its own', { value: 'x', timestamp: '1700000000000' }, {}],
    ['that is compressed', { value: 'x' }, { compression: 1 }],
    ['of a transaction', { value: 'x' }, { transactionalId: 't' }],
  ])('%s is left to kafkajs', async (_, message, others) => {
    const options = produce([{ partition: 1, firstSequence: 1, messages: [message] }], others);
    expect(encodeProduce(options, NOW)).toBeNull();
    const [ours, theirs] = [leanProduce(theirRequest)(options), theirRequest(options)];
    expect(await bytesOf(ours.encode())).toBe(await bytesOf(theirs.encode()));
    expect({ ...ours, encode: null, expectResponse: ours.expectResponse() }).toEqual({
      ...theirs,
      encode: null,
      expectResponse: true,
    });
  });
});
