import { Injectable } from '@nestjs/common';
import { notFound } from '@ponte/service-kit';
import { Commands, type Answer, type Asked } from '../commands/commands.js';
import { dealId, type DealId } from '../ids.js';
import { loadDeal } from '../projections/load-deal.js';
import type { WorkingSet } from '../projections/working-set.js';
import { decideDeal, type DealCommand } from './commands.decide.js';
import type { Deal, Surroundings } from './deal.js';
import { dealResource, type DealResource } from './deal-queries.js';

/** Carries commands on a deal to their decider, and answers with the deal as it is afterwards. */
@Injectable()
export class DealCommands {
  constructor(private readonly commands: Commands) {}

  /** @throws Problem 404 where the workspace has no such deal */
  async run(asked: Asked, id: string, command: DealCommand): Promise<Answer<DealResource>> {
    const of = dealId(id);
    return this.commands.run(asked, {
      load: (sql, set) => loadDeal(sql, set, of),
      decide: (set) => {
        const { deal, around } = dealIn(set, of);
        return decideDeal(deal, command, around);
      },
      answer: (set) => dealResource(dealIn(set, of).deal, set.catalogue),
    });
  }
}

function dealIn(set: WorkingSet, id: DealId): { deal: Deal; around: Surroundings } {
  const deal = set.deal(id);
  const contact = deal && set.contact(deal.contactId);
  if (!deal || !contact) throw notFound('deal');
  return { deal, around: { catalogue: set.catalogue, contact } };
}
