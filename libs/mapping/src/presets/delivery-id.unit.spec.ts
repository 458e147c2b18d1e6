import { describe, expect, it } from '@jest/globals';
import { deliveryId, type DeliveryIdRule } from './delivery-id.js';
import { HOTMART } from './hotmart.js';
import { classifyDelivery } from './preset.js';

const nothing = { headers: {}, body: {}, query: {} };

describe('delivery ids', () => {
  const rule: DeliveryIdRule = [['header:x-id'], ['body:order.id', 'body:event', 'query:status']];

  it('come from the first alternative whose parts are all there', () => {
    const body = { order: { id: 7 }, event: 'paid' };
    expect(deliveryId(rule, { headers: { 'x-id': 'h' }, body, query: {} })).toBe('h');
    expect(deliveryId(rule, { headers: {}, body, query: { status: 'ok' } })).toBe('7:paid:ok');
    expect(deliveryId(rule, { headers: {}, body, query: {} })).toBeNull();
  });

  it('of different parts are different', () => {
    const ids = [
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['a\\', ':b:c'],
    ].map(([id = '', event = '']) => deliveryId([['body:id', 'body:event']], { ...nothing, body: { id, event } }));
    expect(new Set(ids).size).toBe(3);
  });

  it('fall back on the standard headers', () => {
    expect(deliveryId([], { ...nothing, headers: { 'webhook-id': 'w' } })).toBe('w');
    expect(deliveryId([], { ...nothing, headers: { 'webhook-id': 'w', 'idempotency-key': 'k' } })).toBe('k');
    expect(deliveryId([['body:a[']], nothing)).toBeNull();
  });
});

describe('kinds of delivery', () => {
  it('Hotmart’s PURCHASE_COMPLETE is no second sale', () => {
    const event = (name: string) => classifyDelivery(HOTMART, { ...nothing, body: { event: name } });
    expect(event('PURCHASE_APPROVED')).toEqual({ kind: 'event', mayCreate: true });
    expect(event('PURCHASE_COMPLETE')).toEqual({ kind: 'event', mayCreate: false });
  });
});
