import { describe, expect, it } from '@jest/globals';
import { murmur2, partitionFor } from './partitioner.js';

describe('the partition of a key', () => {
  // The vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('is murmur2 without its sign, modulo the number of partitions', () => {
    expect(partitionFor('21', 24)).toBe((-973932308 & 0x7fffffff) % 24);
    expect(partitionFor('abc', 24)).toBe(479470107 % 24);
  });

  it('spreads workspaces over all partitions', () => {
    const used = new Set<number>();
    for (let i = 0; i < 2_000; i++)
      used.add(partitionFor(`0199b0f0-0000-7000-8000-${String(i).padStart(12, '0')}`, 24));
    expect(used.size).toBe(24);
  });
});
