import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { groupMessages } from './group-messages.js';
import type { MessageToProduce } from './lean-produce.js';

// Kafkajs' own, from before anything was replaced.
const path = 'kafkajs/src/producer/groupMessagesPerPartition.js';
const theirs = createRequire(import.meta.url)(path) as typeof groupMessages;

describe('messages', () => {
  it('are grouped as kafkajs groups them', () => {
    const some = [3, 1, 3, 2, 1, 3].map((partition, at) => ({ value: String(at), key: String(partition) }));
    const options = {
      ...{ topic: 't', partitionMetadata: [{}], messages: some },
      partitioner: ({ message }: { readonly message: MessageToProduce }) => Number(message.key),
    };
    expect(groupMessages(options)).toEqual(theirs(options));
    expect(groupMessages({ ...options, partitionMetadata: [] })).toEqual({});
  });
});
