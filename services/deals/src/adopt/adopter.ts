import { moveConsumer, type Adopter } from '@ponte/event-log';
import type { Sql } from '@ponte/service-kit';
import { inboundConsumer } from '../apply-inbound/inbound-consumer.js';
import { projectRecords } from '../projections/project-records.js';
import { causesOf, closingOf, type AdoptedCauses } from './adopted-causes.js';
import { finishInbound, type FinishContext } from './finish-inbound.js';

/**
 * Takes back what ponte.deals.v1 holds after the database of deals was restored: projections, idempotency keys, and how
 * far ponte.inbound.v1 was applied, so that nothing is applied twice.
 */
export function createAdopter(context: FinishContext): Adopter {
  return {
    evolve: async (sql, records) => {
      await projectRecords(sql, records, context.cache);
      const { finished, poisoned, commands } = causesOf(records);
      await moveConsumer(sql, inboundConsumer, finished);
      await keepCommands(sql, commands);
      return poisoned === 0 ? [] : [{ what: 'dead_letters', subject: inboundConsumer.consumer, count: poisoned }];
    },
    complete: async (sql, cause) => {
      const last = cause.at(-1);
      // A command's few events go out in one batch, which Kafka writes as a whole.
      if (!last || last.causationId === null || closingOf(last)) return [];
      return finishInbound(sql, cause, context);
    },
  };
}

async function keepCommands(sql: Sql, commands: AdoptedCauses['commands']): Promise<void> {
  if (commands.length > 0) await sql.query(insertCommands, [JSON.stringify(commands)]);
}

/** What was asked is in no copy: the key alone is known. */
const insertCommands = `
  INSERT INTO commands (workspace_id, id, fingerprint, position)
  SELECT r."workspaceId", r.id, NULL, r.position
    FROM json_to_recordset($1) AS r ("workspaceId" uuid, id uuid, position bigint)
  ON CONFLICT (workspace_id, id) DO NOTHING`;
