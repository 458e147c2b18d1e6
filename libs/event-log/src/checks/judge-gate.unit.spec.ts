import { describe, expect, it } from '@jest/globals';
import { judgeGate, type CheckState } from './judge-gate.js';

const passed: CheckState = { answered: 7, state: 'passed', sameServer: true };

describe('a gate that asked for a check', () => {
  it('is open once that check, or a later one, has passed in the present run of Postgres', () => {
    expect(judgeGate(passed, 7)).toBe('open');
    expect(judgeGate(passed, 6)).toBe('open');
    expect(judgeGate(passed, 8)).toBe('comparing');
    expect(judgeGate({ ...passed, sameServer: false }, 7)).toBe('comparing');
  });

  it('is closed by a check that found log and topic apart, unless that was before it asked', () => {
    expect(judgeGate({ ...passed, state: 'halted' }, 7)).toBe('halted');
    expect(judgeGate({ ...passed, state: 'halted' }, 8)).toBe('comparing');
  });

  it('waits where nothing was ever checked', () => {
    expect(judgeGate({ answered: 0, state: 'unchecked', sameServer: false }, 1)).toBe('comparing');
    expect(judgeGate({ answered: 0, state: 'unchecked', sameServer: true }, 0)).toBe('as_it_was');
  });
});
