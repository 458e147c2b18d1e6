import { describe, expect, it } from '@jest/globals';
import { planPartition, type PlanRules, type Waiting } from './plan.js';
import { partBlocked } from './parking.js';

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function waiting(
  position: number,
  more: { type?: string; id?: number; offset?: bigint; subject?: string } = {},
): Waiting {
  const offset = more.offset ?? BigInt(position - 1);
  const incoming = { partition: 0, offset, key: 'w', headers: {}, value: Buffer.from('{}'), timestampMs: 0 };
  const read = {
    ...{ id: uuid(more.id ?? position), type: more.type ?? 'ponte.Said.v1', workspaceId: 'w', key: 'w', source: 's' },
    ...{ subject: more.subject ?? 'deal/1', time: new Date(0), data: '{}', correlationId: 'c', causationId: null },
    ...{ traceparent: null, hops: 0, partition: 0, position, offset },
    predecessorId: position === 1 ? null : uuid(position - 1),
  };
  return { incoming, read };
}

const rules: PlanRules = { knownTypes: new Map([['ponte.Said', 1]]), isNew: false, rewound: false };
const after = (position: number) => ({ position, recordId: position === 0 ? null : uuid(position) });

describe('a plan for waiting records', () => {
  it('skips repeats and applies what follows', () => {
    const plan = planPartition(
      after(2),
      [1, 2, 3, 2, 3, 4].map((position) => waiting(position)),
      rules,
    );
    expect(plan.steps.map((step) => step.record.position)).toEqual([3, 4]);
    expect(plan).toMatchObject({ skipped: 4, end: { kind: 'done' } });
  });

  it('passes over a type that nobody here knows', () => {
    const plan = planPartition(after(0), [waiting(1, { type: 'ponte.New.v1' }), waiting(2)], rules);
    expect(plan.steps.map((step) => step.action)).toEqual(['pass', 'apply']);
  });

  it('stops before a version that this program does not read', () => {
    const plan = planPartition(after(0), [waiting(1), waiting(2, { type: 'ponte.Said.v2' }), waiting(3)], rules);
    expect(plan.steps).toHaveLength(1);
    expect(plan.end).toMatchObject({ kind: 'stop', stop: { status: 'unknown_version', after: { position: 1 } } });
  });

  it('looks again from the stored offset before it calls something a gap or a fork', () => {
    expect(planPartition(after(1), [waiting(3)], rules).end).toEqual({ kind: 'suspect' });
    expect(planPartition(after(1), [waiting(3)], { ...rules, rewound: true }).end).toMatchObject({
      kind: 'stop',
      stop: { status: 'gap', after: { position: 1, recordId: uuid(1) }, found: { position: 3, id: uuid(3) } },
    });
    expect(planPartition(after(1), [waiting(1, { id: 99 })], { ...rules, rewound: true }).end).toMatchObject({
      stop: { status: 'forked', found: { position: 1, id: uuid(99) } },
    });
  });

  it('keeps what fits before what does not', () => {
    const plan = planPartition(after(0), [waiting(1), waiting(2), waiting(4)], { ...rules, rewound: true });
    expect(plan.steps.map((step) => step.record.position)).toEqual([1, 2]);
    expect(plan.end).toEqual({ kind: 'suspect' });
  });

  it('lets a new consumer begin behind what retention took, and only then', () => {
    const isNew: PlanRules = { ...rules, isNew: true, rewound: true };
    expect(planPartition(after(0), [waiting(7, { offset: 40n })], isNew)).toMatchObject({
      trimmed: { fromPosition: 1, toPosition: 6, offset: 40n },
      steps: [{ record: { position: 7 } }],
      end: { kind: 'done' },
    });
    // Nothing was removed before offset 0: what is missing was never there.
    expect(planPartition(after(0), [waiting(7, { offset: 0n })], isNew).end).toMatchObject({ stop: { status: 'gap' } });
  });

  it('stops at what is no record of a log', () => {
    const foreign: Waiting = {
      incoming: { partition: 0, offset: 9n, key: null, headers: {}, value: null, timestampMs: 0 },
      read: { kind: 'unreadable', offset: 9n, header: 'ce_id' },
    };
    expect(planPartition(after(1), [foreign], { ...rules, rewound: true }).end).toMatchObject({
      stop: { status: 'forked', found: { kind: 'unreadable', offset: '9', header: 'ce_id' } },
    });
  });
});

describe('what follows something parked', () => {
  const step = (position: number, subject: string, partition = 0) => {
    const { incoming, read } = waiting(position, { subject });
    if ('kind' in read) throw new Error('unreadable');
    return { action: 'apply' as const, incoming, record: { ...read, partition } };
  };

  it('parks behind it when it shares a key, and takes its other keys along', () => {
    const steps = [step(1, 'a'), step(2, 'b'), step(3, 'c'), step(4, 'b')];
    const keys: Record<string, string[]> = { a: ['deal/a', 'contact/x'], b: ['deal/b'], c: ['deal/c', 'contact/x'] };
    const parted = partBlocked(steps, new Map([[0, new Set(['deal/a'])]]), (one) => keys[one.record.subject] ?? []);
    expect(parted.park.map((one) => one.record.position)).toEqual([1, 3]);
    expect(parted.go.map((one) => one.record.position)).toEqual([2, 4]);
  });

  it('blocks its own partition alone', () => {
    const steps = [step(1, 'a', 0), step(1, 'a', 1)];
    const parted = partBlocked(steps, new Map([[1, new Set(['a'])]]), (one) => [one.record.subject]);
    expect(parted.go.map((one) => one.record.partition)).toEqual([0]);
  });
});
