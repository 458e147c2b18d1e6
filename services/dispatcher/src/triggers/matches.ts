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

/** The lists of a filter, by name. */
export type FilterList = keyof TriggerFilter;

/** What an event says to each list of a filter; null where such an event is not asked about it. */
export type ToldToFilter = Readonly<Record<FilterList, readonly string[] | null>>;

/** An event passes a list that has one of these. */
export function toldToFilter({ change, deal, contact }: TriggerEvent): ToldToFilter {
  const moved = change.kind === 'StageChanged' ? change : null;
  return {
    stageIds: [change.kind === 'StageEntered' ? change.stage.id : deal.stage.id],
    fromStageIds: moved && [moved.from.id],
    toStageIds: moved && [moved.to.id],
    statuses: [change.kind === 'StatusChanged' ? change.to : deal.status],
    tagIds: [...deal.tags, ...contact.tags].map((tag) => tag.id),
  };
}

function passes(filter: TriggerFilter, event: TriggerEvent): boolean {
  const told = toldToFilter(event);
  return (
    allows(filter.stageIds, told.stageIds) &&
    allows(filter.fromStageIds, told.fromStageIds) &&
    allows(filter.toStageIds, told.toStageIds) &&
    allows(filter.statuses, told.statuses) &&
    allows(filter.tagIds, told.tagIds)
  );
}

function allows(allowed: readonly string[] | undefined, told: readonly string[] | null): boolean {
  return allowed === undefined || told === null || told.some((one) => allowed.includes(one));
}
