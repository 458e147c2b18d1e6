import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { matches, type FiringRule, type TriggerFilter } from './matches.js';
import { label, triggerEvent } from './trigger-event.spec-support.js';
import type { Change, TriggerEvent } from './trigger-event.js';

const ruleFor = (event: TriggerEvent, over: Partial<FiringRule> = {}): FiringRule => ({
  workspaceId: event.workspaceId,
  trigger: event.change.kind,
  originId: event.deal.origin.id,
  filter: {},
  switchedOnAt: new Date(0),
  discardedPeriods: [],
  ...over,
});
const fires = (event: TriggerEvent, filter: TriggerFilter): boolean => matches(ruleFor(event, { filter }), event);

const [base, next] = [label('Base'), label('Next')];
const changes: Change[] = [
  { kind: 'DealCreated' },
  { kind: 'StageEntered', from: null, stage: base },
  { kind: 'StageChanged', from: base, to: next },
  { kind: 'StatusChanged', from: 'OPEN', to: 'WON' },
];

describe('an integration fires', () => {
  it.each(changes.map((change) => [change.kind, change] as const))('for %s, and for no other trigger', (_, change) => {
    const event = triggerEvent(change);
    expect(matches(ruleFor(event), event)).toBe(true);
    for (const other of changes.filter(({ kind }) => kind !== change.kind)) {
      expect(matches(ruleFor(event, { trigger: other.kind }), event)).toBe(false);
    }
  });

  it('for its own origin and workspace alone', () => {
    const event = triggerEvent({ kind: 'DealCreated' });
    expect(matches(ruleFor(event, { originId: randomUUID() }), event)).toBe(false);
    expect(matches(ruleFor(event, { workspaceId: randomUUID() }), event)).toBe(false);
  });

  it('for what happened after it was switched on, never for the past, however late it is heard of', () => {
    const event = triggerEvent({ kind: 'DealCreated' });
    expect(matches(ruleFor(event, { switchedOnAt: event.time }), event)).toBe(true);
    expect(matches(ruleFor(event, { switchedOnAt: new Date(event.time.getTime() + 1) }), event)).toBe(false);
  });

  it('not for what happened in a pause whose events were discarded', () => {
    const event = triggerEvent({ kind: 'DealCreated' });
    const at = (ms: number): Date => new Date(event.time.getTime() + ms);
    const period = (from: number, until: number) => ({ discardedPeriods: [{ from: at(from), until: at(until) }] });
    expect(matches(ruleFor(event, period(0, 1)), event)).toBe(false);
    expect(matches(ruleFor(event, period(-5, 0)), event)).toBe(true);
    expect(matches(ruleFor(event, period(1, 5)), event)).toBe(true);
  });
});

describe('a filter', () => {
  it('by stage looks at the one that was entered, or else at the one that the deal is in', () => {
    const entered = triggerEvent({ kind: 'StageEntered', from: base, stage: next }, { stage: next });
    expect(fires(entered, { stageIds: [next.id] })).toBe(true);
    expect(fires(entered, { stageIds: [base.id] })).toBe(false);
    const won = triggerEvent({ kind: 'StatusChanged', from: 'OPEN', to: 'WON' }, { stage: base });
    expect(fires(won, { stageIds: [base.id] })).toBe(true);
  });

  it('by from and to looks at both ends of a move', () => {
    const moved = triggerEvent({ kind: 'StageChanged', from: base, to: next }, { stage: next });
    expect(fires(moved, { fromStageIds: [base.id], toStageIds: [next.id] })).toBe(true);
    expect(fires(moved, { fromStageIds: [next.id] })).toBe(false);
    expect(fires(moved, { toStageIds: [base.id] })).toBe(false);
  });

  it('by status looks at the one after the event', () => {
    const won = triggerEvent({ kind: 'StatusChanged', from: 'OPEN', to: 'WON' }, { status: 'WON' });
    expect(fires(won, { statuses: ['WON', 'LOST'] })).toBe(true);
    expect(fires(won, { statuses: ['OPEN'] })).toBe(false);
  });

  it('by tag is passed by a deal or a contact that has one of them', () => {
    const [vip, other] = [label('VIP'), label('Other')];
    const created: Change = { kind: 'DealCreated' };
    expect(fires(triggerEvent(created, { tags: [other, vip] }), { tagIds: [vip.id] })).toBe(true);
    expect(fires(triggerEvent(created, {}, { tags: [vip] }), { tagIds: [vip.id] })).toBe(true);
    expect(fires(triggerEvent(created, { tags: [other] }), { tagIds: [vip.id] })).toBe(false);
  });
});
