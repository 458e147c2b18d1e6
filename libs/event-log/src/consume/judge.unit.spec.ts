import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ChainLink } from '../record.js';
import { judge, type Followed, type Judgement } from './judge.js';

const at: Followed = { position: 5, recordId: 'five' };

describe('following a chain', () => {
  it.each<[string, ChainLink, Judgement]>([
    ['the next one that names the known one is applied', { position: 6, id: 'six', predecessorId: 'five' }, 'apply'],
    ['the known one again is a repeat', { position: 5, id: 'five', predecessorId: 'four' }, 'skip'],
    ['an earlier one is a repeat', { position: 2, id: 'two', predecessorId: 'one' }, 'skip'],
    ['another one at the known position is a fork', { position: 5, id: 'other', predecessorId: 'four' }, 'forked'],
    ['the next one that names another is a fork', { position: 6, id: 'six', predecessorId: 'other' }, 'forked'],
    ['one further on is behind a gap', { position: 7, id: 'seven', predecessorId: 'six' }, 'gap'],
  ])('%s', (_rule, record, expected) => {
    expect(judge(at, record)).toBe(expected);
  });

  it('begins at 1, which has no predecessor', () => {
    const start: Followed = { position: 0, recordId: null };
    expect(judge(start, { position: 1, id: 'one', predecessorId: null })).toBe('apply');
    expect(judge(start, { position: 1, id: 'one', predecessorId: 'zero' })).toBe('forked');
    expect(judge(start, { position: 2, id: 'two', predecessorId: 'one' })).toBe('gap');
  });

  it('applies each record once and in order, however often relays repeat themselves', () => {
    // A relay that starts again repeats from any earlier position, then goes on.
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 30 }), (runs) => {
        const applied: number[] = [];
        let followed: Followed = { position: 0, recordId: null };
        let sent = 0;
        for (const [back, ahead] of runs) {
          const end = sent + ahead;
          for (let position = Math.max(1, sent - back + 1); position <= end; position++) {
            const predecessorId = position === 1 ? null : `r${String(position - 1)}`;
            const judgement = judge(followed, { position, id: `r${String(position)}`, predecessorId });
            expect(['apply', 'skip']).toContain(judgement);
            if (judgement !== 'apply') continue;
            applied.push(position);
            followed = { position, recordId: `r${String(position)}` };
          }
          sent = end;
        }
        expect(applied).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
      }),
    );
  });
});
