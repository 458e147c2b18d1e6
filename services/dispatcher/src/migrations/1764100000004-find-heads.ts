import type { MigrationInterface, QueryRunner } from 'typeorm';
import { giveTurns } from './1764100000002-record-delivery-results.js';

/** Heads are found by their index from the first row on: see `insertDeliveries`. */
export class FindHeads1764100000004 implements MigrationInterface {
  readonly name = 'FindHeads1764100000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(giveTurnsByLanes);
    await alterAll(runner, 'SET enable_seqscan = off');
  }

  async down(runner: QueryRunner): Promise<void> {
    await alterAll(runner, 'RESET enable_seqscan');
    await runner.query(giveTurns.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
  }
}

/**
 * Connections keep the plans of functions. One made while the table is small reads all of it, and would go on to while it
 * grows, until statistics are taken: so everything is found by an index from the first row on.
 */
const functions = ['insert_deliveries', 'record_delivery_results', 'give_delivery_turns'];

async function alterAll(runner: QueryRunner, change: string): Promise<void> {
  for (const name of functions) await runner.query(`ALTER FUNCTION ${name} ${change}`);
}

/** As `giveTurns`, with each lane's next and its head found by `deliveries_lane` and `deliveries_head`. */
export const giveTurnsByLanes = `
  CREATE OR REPLACE FUNCTION give_delivery_turns(p_integrations uuid[], p_deals uuid[]) RETURNS SETOF uuid
  LANGUAGE sql VOLATILE AS $$
    UPDATE deliveries d SET turn = true
      FROM (SELECT DISTINCT l.integration_id, l.deal_id
              FROM unnest(p_integrations, p_deals) AS l (integration_id, deal_id)) lane
      CROSS JOIN LATERAL (
        SELECT n.id FROM deliveries n
         WHERE n.integration_id = lane.integration_id AND n.deal_id BETWEEN lane.deal_id AND lane.deal_id
           AND n.status = 'pending'
         ORDER BY n.deal_id, n.lane_seq LIMIT 1) next
     WHERE d.id = next.id AND d.status = 'pending'
       AND (SELECT h.id FROM deliveries h
             WHERE h.integration_id = lane.integration_id AND h.deal_id BETWEEN lane.deal_id AND lane.deal_id
               AND h.turn AND h.status = 'pending'
             ORDER BY h.deal_id LIMIT 1) IS NULL
    RETURNING d.integration_id
  $$`;
