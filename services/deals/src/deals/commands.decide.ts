import { conflicting, decided, wrongField, type Decision } from '../refusal.js';
import { changeStatus, moveDeal } from './decide.js';
import type { Deal, DealEvent, Surroundings } from './deal.js';

/** What a user does to a deal. */
export type DealCommand =
  | { readonly kind: 'Move'; readonly stageId: string }
  | { readonly kind: 'Win' }
  | { readonly kind: 'Lose'; readonly lostReason: string | null }
  | { readonly kind: 'Reopen' };

/** What is so already is no mistake: it is decided, and makes no event. */
export function decideDeal(deal: Deal, command: DealCommand, around: Surroundings): Decision<DealEvent> {
  switch (command.kind) {
    case 'Move':
      return move(deal, command.stageId, around);
    case 'Win':
      return decided(changeStatus(deal, { status: 'WON', lostReason: null }, around));
    case 'Lose':
      return decided(changeStatus(deal, { status: 'LOST', lostReason: command.lostReason }, around));
    case 'Reopen':
      return decided(changeStatus(deal, { status: 'OPEN', lostReason: null }, around));
  }
}

function move(deal: Deal, stageId: string, around: Surroundings): Decision<DealEvent> {
  const stage = around.catalogue.stages.get(stageId);
  if (!stage || stage.originId !== deal.originId) return wrongField('stageId', 'The deal’s origin has no such stage.');
  if (stage.archived && stage.id !== deal.stageId) return conflicting('stage_archived', 'The stage is archived.');
  return decided(moveDeal(deal, stage, around));
}
