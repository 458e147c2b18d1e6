import type { DealStatus } from '@ponte/contracts';
import type { TriggerEvent, TriggerKind } from './trigger-event.js';

/** Which of the trigger's events an integration is for. A list that is absent leaves everything through. */
export interface TriggerFilter {
  /** The deal's stage after the event: the one that was entered. */
  readonly stageIds?: readonly string[];
  /** Of StageChanged: where the deal came from. */
  readonly fromStageIds?: readonly string[];
  /** Of StageChanged: where it went. */
  readonly toStageIds?: readonly string[];
  /** The deal's status after the event. */
  readonly statuses?: readonly DealStatus[];
  /** The deal or its contact has one of them after the event. */
  readonly tagIds?: readonly string[];
}

/** A pause whose events were discarded: `from` included, `until` excluded. */
export interface DiscardedPeriod {
  readonly from: Date;
  readonly until: Date;
}

/** When an integration fires. */
export interface FiringRule {
  readonly workspaceId: string;
  readonly trigger: TriggerKind;
  readonly originId: string;
  readonly filter: TriggerFilter;
  /** It fires for what happened from then on, never for the past. */
  readonly switchedOnAt: Date;
  readonly discardedPeriods: readonly DiscardedPeriod[];
}

/** Whether an integration fires for an event. By the event's own time: how late the event arrives changes nothing. */
export function matches(rule: FiringRule, event: TriggerEvent): boolean {
  return (
    rule.workspaceId === event.workspaceId &&
    rule.trigger === event.change.kind &&
    rule.originId === event.deal.origin.id &&
    rule.switchedOnAt <= event.time &&
    !rule.discardedPeriods.some(({ from, until }) => from <= event.time && event.time < until) &&
    passes(rule.filter, event)
  );
}

function passes(filter: TriggerFilter, { change, deal, contact }: TriggerEvent): boolean {
  return (
    allows(filter.stageIds, change.kind === 'StageEntered' ? change.stage.id : deal.stage.id) &&
    (change.kind !== 'StageChanged' ||
      (allows(filter.fromStageIds, change.from.id) && allows(filter.toStageIds, change.to.id))) &&
    allows(filter.statuses, change.kind === 'StatusChanged' ? change.to : deal.status) &&
    (filter.tagIds === undefined || [...deal.tags, ...contact.tags].some((tag) => filter.tagIds?.includes(tag.id)))
  );
}

function allows<T>(allowed: readonly T[] | undefined, value: T): boolean {
  return allowed === undefined || allowed.includes(value);
}
