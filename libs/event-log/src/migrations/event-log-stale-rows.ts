import type { MigrationInterface, QueryRunner } from 'typeorm';
import { firstAdvance } from './event-log-functions.js';

/** A consumer's step that stands on rows that have changed ends its transaction, so that nobody need wait for its answer. */
export class EventLogStaleRows1764000000003 implements MigrationInterface {
  readonly name = 'EventLogStaleRows1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION event_log_advance');
    await runner.query(advance);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION event_log_advance');
    await runner.query(firstAdvance);
  }
}

/**
 * A consumer's step: locks its rows, compares them with what the consumer knows, moves them, and locks the log's heads
 * of the same partitions when asked to. It comes first in the transaction, so that what is decided after it stands on
 * locked rows; when the transaction fails, the rows have not moved. Partitions come in ascending order.
 *
 * Errors: EL004 a row is not as the consumer knows it.
 */
const advance = `
CREATE FUNCTION event_log_advance(
  p_consumer text, p_topic text, p_partitions integer[], p_from_positions bigint[], p_revisions bigint[],
  p_positions bigint[], p_record_ids uuid[], p_next_offsets bigint[], p_parked integer[], p_lock_heads boolean
) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE v_moved integer;
BEGIN
  UPDATE event_log_consumers c
     SET position = s.position, record_id = s.record_id, next_offset = s.next_offset, parked = c.parked + s.parked,
         try_from = NULL, try_to = NULL, tries = 0, moved_at = now()
    FROM unnest(p_partitions, p_from_positions, p_revisions, p_positions, p_record_ids, p_next_offsets, p_parked)
      AS s (partition, from_position, revision, position, record_id, next_offset, parked)
   WHERE c.consumer = p_consumer AND c.topic = p_topic AND c.partition = s.partition
     AND c.position = s.from_position AND c.revision = s.revision AND c.status = 'running';
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  IF v_moved <> cardinality(p_partitions) THEN
    RAISE EXCEPTION USING ERRCODE = 'EL004', MESSAGE = 'a row of the consumer was changed by somebody else';
  END IF;
  IF p_lock_heads THEN
    PERFORM FROM event_log_heads h WHERE h.partition = ANY (p_partitions) ORDER BY h.partition FOR UPDATE;
  END IF;
END $$;
`;
