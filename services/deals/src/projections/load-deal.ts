import type { Sql } from '@ponte/service-kit';
import type { DealId } from '../ids.js';
import { contactColumns, contactOfRow, dealColumns, loadedDealOfRow, type ContactRow, type DealRow } from './rows.js';
import type { WorkingSet } from './working-set.js';

const selectDeal = `SELECT ${dealColumns} FROM deals d WHERE d.workspace_id = $1 AND d.id = $2`;

const selectContact = `SELECT ${contactColumns} FROM contacts c WHERE c.workspace_id = $1 AND c.id = $2`;

/** Loads a deal and its contact into a working set, where the workspace has it. */
export async function loadDeal(sql: Sql, set: WorkingSet, id: DealId): Promise<void> {
  const [deal] = await sql.query<DealRow>(selectDeal, [set.workspaceId, id]);
  if (!deal) return;
  const contacts = await sql.query<ContactRow>(selectContact, [set.workspaceId, deal.contact_id]);
  set.load(contacts.map(contactOfRow), [loadedDealOfRow(deal)]);
}
