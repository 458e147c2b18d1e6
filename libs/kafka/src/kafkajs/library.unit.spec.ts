import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { frameRequest } from './frame-request.js';
import { groupMessages } from './group-messages.js';
import { decodeRecord } from './lean-record-decoder.js';
import { kafkajs } from './library.js';

const require = createRequire(import.meta.url);

describe('kafkajs', () => {
  it.each([
    ['protocol/request.js', frameRequest],
    ['producer/groupMessagesPerPartition.js', groupMessages],
    ['protocol/recordBatch/record/v0/decoder.js', decodeRecord],
  ])('asks for what replaces its %s', (path, replacement) => {
    expect(require(`kafkajs/src/${path}`)).toBe(replacement);
    expect(kafkajs.Kafka).toBeDefined();
  });

  it('makes its requests to produce by the version that is replaced', async () => {
    const produce = require('kafkajs/src/protocol/requests/produce/index.js') as {
      protocol(asked: { version: number }): (options: object) => { request: { encode(): Promise<object> } };
    };
    const topicData = [{ topic: 't', partitions: [{ partition: 0, messages: [{ value: 'x' }] }] }];
    for (const version of [3, 4, 5, 6, 7]) {
      const { request } = produce.protocol({ version })({ acks: -1, timeout: 1, topicData });
      // An Encoder of kafkajs has methods.
      expect(Object.getPrototypeOf(await request.encode())).toBe(Object.prototype);
    }
  });
});
