import { describe, expect, it } from '@jest/globals';
import type { Contact } from '../contacts/contact.js';
import { contactId, workspaceId } from '../ids.js';
import { id, inboundOf, phone, salesId, supportId, type Payload } from '../testing/inbound.spec-support.js';
import { dealsSought } from './sought-deals.js';

const ours = workspaceId(id(1));
const theirs = workspaceId(id(2));

const sought = (payload: Payload, workspace = ours) => ({ workspaceId: workspace, inbound: inboundOf(payload) });

const contact = (number: number, person: Partial<Contact>): Contact => ({
  ...{ id: contactId(id(number)), name: null, emails: [], phones: [], utm: {}, customFields: {}, tagIds: [] },
  ...{ createdAt: '2026-11-24T10:00:00.000Z', updatedAt: '2026-11-24T10:00:00.000Z' },
  ...person,
});

const marina = contact(60, { emails: ['marina@example.com'] });
const place = (contactOf: Contact, originId: string, items: number, workspace = ours) => ({
  ...{ workspaceId: workspace, contactId: contactOf.id, originId, items },
});

describe('the deals that a batch may match', () => {
  it('are those of each contact in the origins that its own items are for, counted', () => {
    const joao = contact(61, { phones: [phone(2)] });
    const records = [
      sought({ person: { emails: ['MARINA@example.com'] } }),
      sought({ person: { emails: ['marina@example.com'] } }),
      sought({ person: { phones: [phone(2)] }, originId: supportId }),
      sought({ person: { emails: ['nobody@example.com'] } }),
      sought({ person: { emails: ['marina@example.com'] }, target: 'contact', originId: null }),
    ];
    expect(dealsSought(records, new Map([[ours, [marina, joao]]]))).toEqual([
      place(marina, salesId, 2),
      place(joao, supportId, 1),
    ]);
  });

  it('are looked for wherever a chain of items leads to the contact', () => {
    const records = [
      sought({ person: { phones: [phone(2)] }, originId: supportId }),
      sought({ person: { phones: [phone(1), phone(2)] }, target: 'contact', originId: null }),
      sought({ person: { emails: ['marina@example.com'], phones: [phone(1)] } }),
    ];
    expect(dealsSought(records, new Map([[ours, [marina]]]))).toEqual([
      place(marina, supportId, 1),
      place(marina, salesId, 1),
    ]);
  });

  it('are never those of another workspace', () => {
    const records = [sought({ person: { emails: ['marina@example.com'] } }, theirs)];
    expect(dealsSought(records, new Map([[ours, [marina]]]))).toEqual([]);
  });
});
