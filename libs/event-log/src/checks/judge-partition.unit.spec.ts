import { describe, expect, it } from '@jest/globals';
import { judgeOffsets, leastEnd, type Checkpoint } from './judge-partition.js';

const checkpoint: Checkpoint = { partition: 3, position: 7, recordId: 'seven', offset: 10n, anchored: true };

describe('what offsets say about a topic partition', () => {
  it('is read from the checkpoint’s own record on', () => {
    expect(judgeOffsets(checkpoint, { low: 0n, high: 11n })).toEqual({ kind: 'read', from: 10n });
    expect(judgeOffsets(checkpoint, { low: 4n, high: 90n })).toEqual({ kind: 'read', from: 10n });
  });

  it('is behind when it ends at or before the checkpoint: recreated or truncated', () => {
    expect(judgeOffsets(checkpoint, { low: 0n, high: 10n })).toMatchObject({ finding: { kind: 'behind' } });
    expect(judgeOffsets(checkpoint, { low: 0n, high: 0n })).toMatchObject({ finding: { kind: 'behind', high: '0' } });
  });

  it('is compared as a whole where it is behind: what was written since may be new', () => {
    expect(judgeOffsets(checkpoint, { low: 2n, high: 10n })).toMatchObject({ from: 2n });
  });

  it('is fine when retention has emptied it, or taken the checkpoint’s record', () => {
    expect(judgeOffsets(checkpoint, { low: 11n, high: 11n })).toEqual({ kind: 'read', from: 11n });
  });

  it('is unknown when retention has taken what came after the checkpoint: a restored log would not have it', () => {
    expect(judgeOffsets(checkpoint, { low: 12n, high: 12n })).toMatchObject({ finding: { kind: 'unknown_past' } });
    expect(judgeOffsets(checkpoint, { low: 20n, high: 25n })).toMatchObject({ finding: { kind: 'unknown_past' } });
    const sentAgain = { ...checkpoint, anchored: false };
    expect(judgeOffsets(sentAgain, { low: 10n, high: 10n })).toEqual({ kind: 'read', from: 10n });
    expect(judgeOffsets(sentAgain, { low: 11n, high: 11n })).toMatchObject({ finding: { kind: 'unknown_past' } });
  });

  it('ends where its checkpoint says, or later', () => {
    expect(leastEnd(checkpoint)).toBe(11n);
    expect(leastEnd({ ...checkpoint, anchored: false })).toBe(10n);
    expect(leastEnd({ ...checkpoint, offset: null, anchored: false })).toBe(0n);
  });

  it('is read from where it ended before a republish, though nothing was sent since', () => {
    expect(judgeOffsets({ ...checkpoint, anchored: false }, { low: 0n, high: 10n })).toEqual({
      kind: 'read',
      from: 10n,
    });
  });

  it('is read as a whole for a log that never sent anything, and must not have lost anything', () => {
    const none: Checkpoint = { partition: 3, position: 0, recordId: null, offset: null, anchored: false };
    expect(judgeOffsets(none, { low: 0n, high: 0n })).toEqual({ kind: 'read', from: 'earliest' });
    expect(judgeOffsets(none, { low: 0n, high: 5n })).toEqual({ kind: 'read', from: 'earliest' });
    expect(judgeOffsets(none, { low: 5n, high: 5n })).toMatchObject({ finding: { kind: 'unknown_past' } });
  });
});
