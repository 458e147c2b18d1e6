import { describe, expect, it } from '@jest/globals';
import { workspaceId } from '../ids.js';
import { id, inboundOf, phone, salesId, supportId, type Payload } from '../testing/inbound.spec-support.js';
import { searchesOf } from './searches.js';

const ours = workspaceId(id(1));
const theirs = workspaceId(id(2));

const sought = (payload: Payload, workspace = ours) => ({ workspaceId: workspace, inbound: inboundOf(payload) });
const email = (key: string, group: number, workspace = ours) => ({
  ...{ workspaceId: workspace, kind: 'email', key, group },
});
const phoneOf = (digit: number, group: number) => ({
  ...{ workspaceId: ours, kind: 'phone', key: `BR:11:0000000${String(digit)}`, group },
});

describe('what a batch looks for', () => {
  it('is each person whom it names, once, in the origins that items are for, counted', () => {
    expect(
      searchesOf([
        sought({ person: { emails: ['MARINA@example.com'] } }),
        sought({ person: { emails: ['marina@example.com'] } }),
        sought({ person: { phones: [phone(2)] }, originId: supportId }),
        sought({ person: { emails: ['marina@example.com'] }, target: 'contact', originId: null }),
      ]),
    ).toEqual({
      identities: [email('marina@example.com', 0), phoneOf(2, 1)],
      places: [
        { group: 0, originId: salesId, items: 2 },
        { group: 1, originId: supportId, items: 1 },
      ],
    });
  });

  it('is everybody whom a chain of items names together, in all of their origins', () => {
    expect(
      searchesOf([
        sought({ person: { phones: [phone(2)] }, originId: supportId }),
        sought({ person: { phones: [phone(1), phone(2)] }, target: 'contact', originId: null }),
        sought({ person: { emails: ['marina@example.com'], phones: [phone(1)] } }),
      ]),
    ).toEqual({
      identities: [phoneOf(2, 0), phoneOf(1, 0), email('marina@example.com', 0)],
      places: [
        { group: 0, originId: supportId, items: 1 },
        { group: 0, originId: salesId, items: 1 },
      ],
    });
  });

  it('is never of one group with another workspace', () => {
    const person = { emails: ['marina@example.com'] };
    expect(searchesOf([sought({ person }), sought({ person }, theirs)]).identities).toEqual([
      email('marina@example.com', 0),
      email('marina@example.com', 1, theirs),
    ]);
  });
});
