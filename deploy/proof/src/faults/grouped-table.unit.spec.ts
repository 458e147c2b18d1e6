import { describe, expect, it } from '@jest/globals';
import { groupedTable } from './grouped-table.js';

describe('a table of grouped columns', () => {
  it('titles groups, aligns numbers, and goes on with a long name below', () => {
    const groups = [
      ['', ['scenario']],
      ['payloads', ['acked', 'lost']],
      ['logs', ['whole']],
    ] as const;
    const rows = [
      ['kill -9 of ingress', '4000', '0', 'yes'],
      ['a cut network between each', '39', '10', 'NO'],
    ];
    expect(groupedTable(groups, rows, 20).split('\n')).toEqual([
      '                   │payloads   │ logs',
      'scenario           │acked lost │whole',
      '───────────────────┼───────────┼─────',
      'kill -9 of ingress │ 4000    0 │  yes',
      'a cut network      │   39   10 │   NO',
      'between each',
    ]);
  });
});
