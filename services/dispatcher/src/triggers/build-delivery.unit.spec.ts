import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { defaultOutgoingMapping } from '@ponte/mapping';
import { v5 as uuidV5 } from 'uuid';
import { buildDelivery, type FiringIntegration } from './build-delivery.js';
import { label, triggerEvent } from './trigger-event.spec-support.js';

const integration = (over: Partial<FiringIntegration> = {}): FiringIntegration => ({
  id: randomUUID(),
  workspaceId: randomUUID(),
  trigger: 'StageChanged',
  originId: randomUUID(),
  filter: {},
  switchedOnAt: new Date(0),
  discardedPeriods: [],
  status: 'active',
  method: 'POST',
  url: 'https://receiver.example/hook?key=1',
  mapping: [
    { field: 'contact.email', identifier: 'e-mail' },
    { field: 'deal.previousStage', identifier: 'came_from' },
    { field: 'deal.stage', identifier: 'deal_stage' },
  ],
  ...over,
});
const [base, next] = [label('Base'), label('Proposta enviada')];
const event = triggerEvent({ kind: 'StageChanged', from: base, to: next }, { stage: next });

describe('a delivery', () => {
  it('has an id made of integration and event, so that an event read twice is one delivery', () => {
    const one = integration();
    expect(buildDelivery(one, event, 'http://own').id).toBe(uuidV5(event.id, one.id));
  });

  it('by POST sends the mapped fields as JSON', () => {
    const { request } = buildDelivery(integration(), event, 'http://own');
    expect(request.url).toBe('https://receiver.example/hook?key=1');
    expect(JSON.parse(request.body ?? '')).toEqual({
      'e-mail': 'marina@example.com',
      came_from: 'Base',
      deal_stage: 'Proposta enviada',
    });
  });

  it('by GET sends them in the query, beside what the link has already', () => {
    const { request } = buildDelivery(integration({ method: 'GET' }), event, 'http://own');
    expect(request.body).toBeNull();
    expect(Object.fromEntries(new URL(request.url).searchParams)).toEqual({
      key: '1',
      'e-mail': 'marina@example.com',
      came_from: 'Base',
      deal_stage: 'Proposta enviada',
    });
  });

  it('with the default mapping sends the identifiers that receivers know', () => {
    const { request } = buildDelivery(integration({ mapping: defaultOutgoingMapping() }), event, 'http://own');
    expect(JSON.parse(request.body ?? '')).toMatchObject({
      contact_name: 'Marina Teste',
      contact_phone: '+5511900000001',
      deal_origin_group: 'Produto X',
      deal_status: 'OPEN',
      deal_user: '',
    });
  });

  it('to one of our own hooks fails with a reason after eight hops, and elsewhere goes out', () => {
    const own = integration({ url: 'http://own/in/token' });
    const after = (hops: number) => ({ ...event, hops });
    expect(buildDelivery(own, after(7), 'http://own').failure).toBeNull();
    expect(buildDelivery(own, after(8), 'http://own').failure).toBe('too_many_hops');
    expect(buildDelivery(integration(), after(8), 'http://own').failure).toBeNull();
  });
});
