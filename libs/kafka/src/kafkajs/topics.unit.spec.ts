import { describe, expect, it } from '@jest/globals';
import type { TopicSpec } from '../port.js';
import { compare } from './topics.js';

const spec: TopicSpec = { name: 'topic', partitions: 2, retentionMs: 1_000, maxMessageBytes: 500 };
const partition = { partitionErrorCode: 0, partitionId: 0, leader: 1, replicas: [1], isr: [1] };
const topic = { partitions: [partition, partition] };
const good = {
  'cleanup.policy': 'delete',
  'retention.ms': '1000',
  'retention.bytes': '-1',
  'max.message.bytes': '500',
};

describe('comparing a topic with its spec', () => {
  it('accepts a topic that is as specified, or keeps and takes more', () => {
    expect(compare(spec, topic, good)).toEqual([]);
    expect(compare(spec, topic, { ...good, 'retention.ms': '-1', 'max.message.bytes': '501' })).toEqual([]);
    expect(compare(spec, topic, { ...good, 'retention.bytes': '1000' })).toEqual([]);
  });

  it('lists everything that differs', () => {
    const configs = { 'cleanup.policy': 'compact', 'retention.ms': '999', 'max.message.bytes': '499' };
    expect(compare(spec, { partitions: [partition] }, configs)).toEqual([
      { property: 'partitions', expected: '2', actual: '1' },
      { property: 'cleanup.policy', expected: 'delete', actual: 'compact' },
      { property: 'retention.ms', expected: 'at least 1000', actual: '999' },
      { property: 'max.message.bytes', expected: 'at least 500', actual: '499' },
    ]);
  });

  it('lets nothing trim a topic that is kept forever', () => {
    const forever = { ...spec, retentionMs: -1 };
    expect(compare(forever, topic, { ...good, 'retention.bytes': '1000' })).toEqual([
      { property: 'retention.ms', expected: '-1', actual: '1000' },
      { property: 'retention.bytes', expected: '-1', actual: '1000' },
    ]);
    expect(compare(forever, topic, { ...good, 'retention.ms': '-1' })).toEqual([]);
    expect(compare(forever, topic, { ...good, 'retention.ms': '-1', 'cleanup.policy': 'compact,delete' })).toHaveLength(
      1,
    );
  });

  it('does not compare what could not be read', () => {
    expect(compare(spec, topic, {})).toEqual([]);
  });
});
