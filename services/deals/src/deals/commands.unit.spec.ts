import { describe, expect, it } from '@jest/globals';
import { salesId, stages, World } from '../testing/inbound.spec-support.js';
import { decideDeal, type DealCommand } from './commands.decide.js';

/** A deal in the sales origin, after some commands. */
function given(...commands: DealCommand[]) {
  const world = new World();
  world.receive({ originId: salesId, person: { emails: ['marina@example.com'] } });
  const [id] = world.set.changes.deals;
  const when = (command: DealCommand) => {
    const deal = id === undefined ? null : world.set.deal(id);
    const contact = deal && world.set.contact(deal.contactId);
    if (!deal || !contact) throw new Error('No deal');
    const decision = decideDeal(deal, command, { catalogue: world.set.catalogue, contact });
    if (decision.kind === 'decided') world.happen(decision.events, '2026-11-24T12:00:00.000Z');
    return decision;
  };
  for (const command of commands) when(command);
  return (command: DealCommand) => {
    const decision = when(command);
    return decision.kind === 'refused' ? decision : decision.events.map((event) => ({ [event.kind]: event.data }));
  };
}

describe('commands on a deal', () => {
  it('move it: the change comes first, then the stage that it is in', () => {
    expect(given()({ kind: 'Move', stageId: stages.closed })).toMatchObject([
      { StageChanged: { change: { from: { name: 'Base' }, to: { name: 'Fechado' } } } },
      { StageEntered: { change: { stage: { name: 'Fechado' }, from: { name: 'Base' } } } },
    ]);
  });

  it('move it only within its origin, and not into an archived stage', () => {
    const when = given();
    expect(when({ kind: 'Move', stageId: stages.inSupport })).toMatchObject({ why: 'invalid', field: 'stageId' });
    expect(when({ kind: 'Move', stageId: stages.archived })).toMatchObject({ code: 'stage_archived' });
  });

  it('win, lose and reopen it', () => {
    expect(given()({ kind: 'Win' })).toMatchObject([{ StatusChanged: { change: { from: 'OPEN', to: 'WON' } } }]);
    expect(given({ kind: 'Win' })({ kind: 'Lose', lostReason: 'Reembolso' })).toMatchObject([
      { StatusChanged: { change: { from: 'WON', to: 'LOST', lostReason: 'Reembolso' } } },
    ]);
    expect(given({ kind: 'Lose', lostReason: 'Caro' })({ kind: 'Reopen' })).toMatchObject([
      { StatusChanged: { change: { from: 'LOST', to: 'OPEN', lostReason: null }, deal: { lostReason: null } } },
    ]);
  });

  it('that ask for what is so already make no event', () => {
    expect(given()({ kind: 'Move', stageId: stages.base })).toEqual([]);
    expect(given()({ kind: 'Reopen' })).toEqual([]);
    expect(given({ kind: 'Win' })({ kind: 'Win' })).toEqual([]);
    expect(given({ kind: 'Lose', lostReason: 'Caro' })({ kind: 'Lose', lostReason: null })).toEqual([]);
  });

  it('give a lost deal another reason', () => {
    expect(given({ kind: 'Lose', lostReason: 'Caro' })({ kind: 'Lose', lostReason: 'Prazo' })).toMatchObject([
      { DealUpdated: { change: { fields: ['lostReason'] }, deal: { lostReason: 'Prazo' } } },
    ]);
  });
});
