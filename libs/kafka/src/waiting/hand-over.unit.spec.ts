import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '../port.js';
import { Assignment, type PartitionPort } from './assignment.js';
import { HandOver, type FetchedBatch } from './hand-over.js';
import type { WaitingRecords } from './waiting-records.js';

const TOPIC = 'topic';

function record(partition: number, offset: bigint): IncomingRecord {
  return { partition, offset, key: null, headers: {}, value: null, timestampMs: 0 };
}

function batch(partition: number, ...offsets: bigint[]): FetchedBatch {
  const records = offsets.map((offset) => record(partition, offset));
  return { topic: TOPIC, partition, records, highWatermark: (offsets.at(-1) ?? -1n) + 1n };
}

/** A handler whose calls are answered by the test, and a consumer that only notes what it is told. */
function setUp(partitions: readonly number[] = [0, 1, 2]) {
  const calls: { waiting: WaitingRecords; succeed(): void; fail(): void }[] = [];
  const told: string[] = [];
  const port: PartitionPort = {
    seek: (_topic, partition, offset) => told.push(`seek ${String(partition)} ${String(offset)}`),
    pause: (_topic, partition) => told.push(`pause ${String(partition)}`),
    resume: (_topic, partition) => told.push(`resume ${String(partition)}`),
    commit: (_topic, partition, offset) => told.push(`commit ${String(partition)} ${String(offset)}`),
    offsets: () => Promise.resolve(new Map(partitions.map((partition) => [partition, { low: 7n, high: 9n }]))),
  };
  const failures: number[] = [];
  const handOver = new HandOver({
    backoff: { firstMs: 1, longestMs: 1 },
    onHandlerFailed: (_error, count) => failures.push(count),
    handle: (waiting) =>
      new Promise((resolve, reject) => {
        calls.push({
          waiting,
          succeed: () => {
            resolve();
          },
          fail: () => {
            reject(new Error('no'));
          },
        });
      }),
  });
  const assign = (): Assignment => {
    const assignment = new Assignment(new Map([[TOPIC, partitions]]), port, () => {
      handOver.sweep();
    });
    handOver.begin(assignment);
    return assignment;
  };
  return { calls, told, failures, handOver, assign };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Which records a call holds, as `partition:offset`. */
function held(waiting: WaitingRecords | undefined): string[] {
  if (waiting?.kind !== 'records') return [];
  return waiting.batches.flatMap(({ records }) => records.map((r) => `${String(r.partition)}:${String(r.offset)}`));
}

async function opened(partitions?: readonly number[]) {
  const scene = setUp(partitions);
  const assignment = scene.assign();
  await settle();
  scene.calls[0]?.succeed();
  await settle();
  return { ...scene, assignment };
}

describe('handing over', () => {
  it('stops every partition before the handler has placed it, and lets it flow after', async () => {
    const { calls, told, assign } = setUp([0, 1]);
    assign();
    expect(told).toEqual(['pause 0', 'pause 1']);
    await settle();
    expect(calls[0]?.waiting).toMatchObject({ kind: 'assigned', partitions: [0, 1] });
    calls[0]?.succeed();
    await settle();
    expect(told.slice(2)).toEqual(['resume 0', 'resume 1']);
  });

  it('puts everything that one fetch brings into one call, in ascending partitions', async () => {
    const { calls, handOver, assignment } = await opened();
    void handOver.park(assignment, batch(2, 5n));
    void handOver.park(assignment, batch(0, 1n, 2n));
    await settle();
    expect(held(calls[1]?.waiting)).toEqual(['0:1', '0:2', '2:5']);
  });

  it('keeps what arrives during a call for the next one', async () => {
    const { calls, handOver, assignment } = await opened();
    const first = handOver.park(assignment, batch(0, 1n));
    await settle();
    void handOver.park(assignment, batch(1, 1n));
    void handOver.park(assignment, batch(2, 1n));
    await settle();
    expect(calls).toHaveLength(2);
    calls[1]?.succeed();
    await expect(first).resolves.toBe('handled');
    await settle();
    expect(held(calls[2]?.waiting)).toEqual(['1:1', '2:1']);
  });

  it('hands the same records again after a rejected call, together with what came meanwhile', async () => {
    const { calls, failures, handOver, assignment } = await opened();
    const first = handOver.park(assignment, batch(0, 1n));
    await settle();
    void handOver.park(assignment, batch(1, 4n));
    calls[1]?.fail();
    await settle();
    expect(held(calls[2]?.waiting)).toEqual(['0:1', '1:4']);
    calls[2]?.fail();
    await settle();
    calls[3]?.succeed();
    await expect(first).resolves.toBe('handled');
    expect(failures).toEqual([1, 2]);
    expect(handOver.failuresInARow).toBe(0);
  });

  it('drops what was fetched before a seek, in hand or waiting', async () => {
    const { calls, told, handOver, assignment } = await opened();
    const control = assignment.controlOf(TOPIC);
    const inHand = handOver.park(assignment, batch(0, 1n));
    await settle();
    const waiting = handOver.park(assignment, batch(1, 1n));
    await control.seek(0, 100n);
    await control.seek(1, 200n);
    await expect(waiting).resolves.toBe('dropped');
    calls[1]?.succeed();
    await expect(inHand).resolves.toBe('dropped');
    await settle();
    expect(calls).toHaveLength(2);
    expect(told.slice(-2)).toEqual(['seek 0 100', 'seek 1 200']);
  });

  it('stops a partition while it looks for its first offset, and lets a later seek win', async () => {
    const { told, assignment } = await opened();
    const control = assignment.controlOf(TOPIC);
    const seeking = control.seek(0, 'earliest');
    await control.seek(1, 'earliest');
    await seeking;
    expect(told.slice(-6)).toEqual(['pause 0', 'pause 1', 'seek 0 7', 'resume 0', 'seek 1 7', 'resume 1']);
    const overtaken = control.seek(2, 'earliest');
    await control.seek(2, 55n);
    await overtaken;
    expect(told.slice(-3)).toEqual(['pause 2', 'seek 2 55', 'resume 2']);
  });

  it('drops what was fetched before a pause and holds the partition until it is resumed', async () => {
    const { told, handOver, assignment, calls } = await opened();
    const control = assignment.controlOf(TOPIC);
    const inHand = handOver.park(assignment, batch(0, 1n));
    await settle();
    control.pause(0);
    calls[1]?.succeed();
    await expect(inHand).resolves.toBe('dropped');
    await expect(handOver.park(assignment, batch(0, 1n))).resolves.toBe('dropped');
    control.resume(0);
    expect(told.slice(-2)).toEqual(['pause 0', 'resume 0']);
  });

  it('does not let a partition flow that was paused while it was being placed', async () => {
    const { calls, told, assign } = setUp([0, 1]);
    assign().controlOf(TOPIC).pause(1);
    await settle();
    calls[0]?.succeed();
    await settle();
    expect(told.slice(2)).toEqual(['resume 0']);
  });

  it('tells of a revocation after the call in hand, and hands over nothing of it any more', async () => {
    const { calls, handOver, assignment } = await opened();
    const control = assignment.controlOf(TOPIC);
    const inHand = handOver.park(assignment, batch(0, 1n));
    await settle();
    const waiting = handOver.park(assignment, batch(1, 1n));
    let ended = false;
    const ending = handOver.end().then(() => {
      ended = true;
    });
    await expect(waiting).resolves.toBe('dropped');
    expect(control.isCurrent(0)).toBe(false);
    expect(ended).toBe(false);
    calls[1]?.succeed();
    await expect(inHand).resolves.toBe('dropped');
    await settle();
    expect(calls[2]?.waiting).toMatchObject({ kind: 'revoked', partitions: [0, 1, 2] });
    calls[2]?.succeed();
    await ending;
    await expect(handOver.park(assignment, batch(0, 1n))).resolves.toBe('dropped');
  });

  it('tells of a revocation at once while it waits to repeat a rejected call', async () => {
    const { calls, handOver, assignment } = await opened();
    void handOver.park(assignment, batch(0, 1n));
    await settle();
    calls[1]?.fail();
    void handOver.end();
    await settle();
    expect(calls[2]?.waiting.kind).toBe('revoked');
  });

  it('tells of one assignment after the other, each revoked before the next', async () => {
    const { calls, assign } = await opened([0]);
    assign();
    await settle();
    expect(calls[1]?.waiting.kind).toBe('revoked');
    assign();
    calls[1]?.succeed();
    await settle();
    // The one in between had ended before its turn came.
    expect(calls[2]?.waiting.kind).toBe('assigned');
    calls[2]?.succeed();
    await settle();
    expect(calls).toHaveLength(3);
  });

  it('asks again for the placing of an assignment when that failed', async () => {
    const { calls, told, assign } = setUp([0]);
    assign();
    await settle();
    calls[0]?.fail();
    await settle();
    expect(calls[1]?.waiting.kind).toBe('assigned');
    expect(told).toEqual(['pause 0']);
  });

  it('lets a control of an ended assignment do nothing', async () => {
    const { told, handOver, assignment, calls } = await opened([0]);
    const control = assignment.controlOf(TOPIC);
    void handOver.end();
    const before = told.length;
    await control.seek(0, 1n);
    await control.seek(0, 'earliest');
    control.pause(0);
    control.resume(0);
    control.commit(0, 1n);
    expect(told).toHaveLength(before);
    await settle();
    calls.at(-1)?.succeed();
  });
});
