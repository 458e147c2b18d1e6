import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable, type Database } from '@ponte/service-kit';
import { deliveryIdOf, type ClaimedDelivery, type InstanceId } from '../deliveries/delivery.js';
import { HandOver } from './hand-over.js';

const claimed = (): ClaimedDelivery => ({
  id: deliveryIdOf(randomUUID(), randomUUID()),
  claimedBy: randomUUID() as InstanceId,
  workspaceId: randomUUID(),
  integrationId: randomUUID(),
  dealId: randomUUID(),
  contactId: randomUUID(),
  eventId: randomUUID(),
  trigger: 'DealCreated',
  attempts: 0,
  hops: 0,
  correlationId: randomUUID(),
  traceparent: null,
  request: { method: 'POST', url: 'https://receiver.example/', body: '{}' },
});

/** The ends of a transaction, without a database: only what the caller sees of them matters here. */
function world() {
  const said: unknown[] = [];
  const database: Database = {
    query: () => Promise.resolve([]),
    transaction: (work) => work({ query: () => Promise.resolve([]), send: () => undefined }),
    listen: () => Promise.reject(new Error('not used')),
    onConnectionLost: () => undefined,
    close: () => Promise.resolve(),
  };
  const handOver = new HandOver(database, {
    begin: ({ id }) => said.push(['begin', id]),
    abandon: ({ id }, uncertain) => said.push(['abandon', id, uncertain]),
    wake: (ids) => said.push(['wake', ...ids]),
  });
  return { handOver, said };
}

describe('what a transaction inserted', () => {
  it('is sent after its commit', async () => {
    const { handOver, said } = world();
    const one = claimed();
    await handOver.database.transaction(async (sql) => {
      handOver.add(sql, [one], ['other']);
      await Promise.resolve();
      expect(said).toEqual([]);
    });
    expect(said).toEqual([
      ['begin', one.id],
      ['wake', 'other'],
    ]);
  });

  it.each([
    ['failed', new Error('poison'), false],
    ['may have been committed', new DatabaseUnavailable('lost', 'gone', 'unknown'), true],
  ])('is not sent when the transaction %s', async (_, error, uncertain) => {
    const { handOver, said } = world();
    const one = claimed();
    const run = handOver.database.transaction((sql) => {
      handOver.add(sql, [one], ['other']);
      return Promise.reject(error);
    });
    await expect(run).rejects.toBe(error);
    expect(said).toEqual([['abandon', one.id, uncertain]]);
  });

  it('is not sent by the commit of another that runs beside it', async () => {
    const { handOver, said } = world();
    const [one, other] = [claimed(), claimed()];
    let fail: (error: Error) => void = () => undefined;
    const failing = handOver.database.transaction((sql) => {
      handOver.add(sql, [one], []);
      return new Promise<void>((_resolve, reject) => (fail = reject));
    });
    await handOver.database.transaction((sql) => {
      handOver.add(sql, [other], []);
      return Promise.resolve();
    });
    expect(said).toEqual([['begin', other.id], ['wake']]);
    fail(new Error('poison'));
    await expect(failing).rejects.toThrow('poison');
    expect(said.at(-1)).toEqual(['abandon', one.id, false]);
  });
});
