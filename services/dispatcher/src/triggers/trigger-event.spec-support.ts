import { randomUUID } from 'node:crypto';
import type { ContactSnapshot, DealSnapshot, Label, Person } from '@ponte/contracts';
import type { Change, TriggerEvent } from './trigger-event.js';

export const label = (name: string): Label => ({ id: randomUUID(), name });

export const person: Person = {
  name: 'Marina Teste',
  emails: ['marina@example.com', 'old@example.com'],
  phones: [{ raw: '11 90000-0001', e164: '+5511900000001', matchKey: '+551100000001' }],
  utm: { source: 'ads' },
  customFields: { city: 'São Paulo' },
};

export function dealSnapshot(over: Partial<DealSnapshot> = {}): DealSnapshot {
  return {
    id: randomUUID(),
    contactId: randomUUID(),
    originGroup: label('Produto X'),
    origin: label('Compras'),
    stage: label('Base'),
    status: 'OPEN',
    lostReason: null,
    owner: null,
    title: null,
    value: '297.00',
    currency: 'BRL',
    product: null,
    externalId: null,
    tags: [],
    customFields: {},
    createdAt: '2026-03-01T12:00:00.000Z',
    ...over,
  };
}

export function triggerEvent(
  change: Change,
  over: Partial<DealSnapshot> = {},
  contact: Partial<ContactSnapshot> = {},
): TriggerEvent {
  const deal = dealSnapshot(over);
  return {
    id: randomUUID(),
    workspaceId: randomUUID(),
    position: 1,
    time: new Date('2026-03-01T12:00:00Z'),
    hops: 0,
    correlationId: randomUUID(),
    traceparent: null,
    change,
    deal,
    contact: { id: deal.contactId, tags: [], createdAt: deal.createdAt, ...contact },
    person,
  };
}
