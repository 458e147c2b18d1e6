import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What must be one round trip: append, the relay's checkpoint, a consumer's step. */
export class EventLogFunctions1764000000001 implements MigrationInterface {
  readonly name = 'EventLogFunctions1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(firstAppend);
    await runner.query(checkpoint);
    await runner.query(firstAdvance);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP FUNCTION event_log_append, event_log_refuse_size, event_log_checkpoint, event_log_advance',
    );
  }
}

/**
 * Locks the heads concerned in ascending order, numbers the records of each partition in the order given, chains them,
 * inserts them and moves the heads. May be called from another function, in any transaction. The heads stay locked to
 * the commit, so commit order is position order and a rollback leaves no gap.
 *
 * Errors: EL001 appends are held, EL002 a record is too large (the message has its id), EL003 no such partition.
 */
export const firstAppend = `
CREATE FUNCTION event_log_append(
  p_partitions integer[], p_record_ids uuid[], p_types text[], p_subjects text[], p_workspace_ids text[],
  p_times timestamptz[], p_correlation_ids text[], p_causation_ids text[], p_traceparents text[], p_hops integer[],
  p_data text[]
) RETURNS TABLE (log_position bigint, predecessor uuid)
LANGUAGE plpgsql AS $$
DECLARE
  v_max_bytes integer;
  v_refusal text;
  v_appended integer;
BEGIN
  SELECT i.max_record_bytes,
         CASE WHEN c.state = 'halted' THEN coalesce(c.reason, 'log and topic do not belong together')
              WHEN c.state <> 'passed' OR c.server_started_at IS DISTINCT FROM pg_postmaster_start_time()
              THEN 'log and topic were not compared yet since Postgres started' END
    INTO STRICT v_max_bytes, v_refusal
    FROM event_log_checks c CROSS JOIN event_log_installation i;
  IF v_refusal IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'EL001', MESSAGE = 'appends are held: ' || v_refusal;
  END IF;

  PERFORM FROM event_log_heads h WHERE h.partition = ANY (p_partitions) ORDER BY h.partition FOR UPDATE;

  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT g.*, h.position + row_number() OVER numbered AS position,
           coalesce(lag(g.record_id) OVER numbered, h.record_id) AS predecessor_id,
           lead(g.record_id) OVER numbered IS NULL AS is_last
      FROM unnest(p_partitions, p_record_ids, p_types, p_subjects, p_workspace_ids, p_times, p_correlation_ids,
                  p_causation_ids, p_traceparents, p_hops, p_data) WITH ORDINALITY
           AS g (partition, record_id, type, subject, workspace_id, time, correlation_id, causation_id, traceparent,
                 hops, data, ordinal)
      JOIN event_log_heads h USING (partition)
    WINDOW numbered AS (PARTITION BY g.partition ORDER BY g.ordinal)
  ), moved AS (
    UPDATE event_log_heads h SET position = g.position, record_id = g.record_id
      FROM given g WHERE g.is_last AND h.partition = g.partition
  ), inserted AS (
    INSERT INTO event_log (partition, position, record_id, predecessor_id, time, hops, size, type, subject,
                           workspace_id, correlation_id, causation_id, traceparent, data)
    SELECT g.partition, g.position, g.record_id, g.predecessor_id, g.time, g.hops,
           octet_length(g.data) + octet_length(g.type) + octet_length(g.subject) + 2 * octet_length(g.workspace_id)
             + octet_length(g.correlation_id) + coalesce(octet_length(g.causation_id), 0)
             + coalesce(octet_length(g.traceparent), 0) + 700,
           g.type, g.subject, g.workspace_id, g.correlation_id, g.causation_id, g.traceparent, g.data
      FROM given g
    RETURNING record_id, size
  ), too_large AS (
    SELECT event_log_refuse_size(i.record_id, i.size, v_max_bytes) AS nothing FROM inserted i WHERE i.size > v_max_bytes
  )
  SELECT g.position, g.predecessor_id
    FROM given g
   WHERE (SELECT count(t.nothing) FROM too_large t) = 0
   ORDER BY g.ordinal;

  GET DIAGNOSTICS v_appended = ROW_COUNT;
  IF v_appended <> coalesce(cardinality(p_record_ids), 0) THEN
    RAISE EXCEPTION USING ERRCODE = 'EL003', MESSAGE = 'a partition is named that the log does not have';
  END IF;
END $$;

CREATE FUNCTION event_log_refuse_size(p_record_id uuid, p_size integer, p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'EL002', DETAIL = p_record_id,
    MESSAGE = format('a record takes %s bytes and at most %s fit', p_size, p_limit);
END $$;
`;

/**
 * Moves the checkpoints of an epoch; a relay that was fenced moves nothing. A commit that is lost only makes records
 * come twice, so it does not wait for the disk. Rows are locked in ascending order: taking the lease locks them too.
 *
 * Returns how many rows moved.
 */
const checkpoint = `
CREATE FUNCTION event_log_checkpoint(
  p_epoch bigint, p_partitions integer[], p_positions bigint[], p_record_ids uuid[], p_offsets bigint[]
) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE v_moved integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM FROM event_log_checkpoints c WHERE c.partition = ANY (p_partitions) ORDER BY c.partition FOR UPDATE;
  UPDATE event_log_checkpoints c
     SET position = n.position, record_id = n.record_id, topic_offset = n.topic_offset, anchored = true
    FROM unnest(p_partitions, p_positions, p_record_ids, p_offsets) AS n (partition, position, record_id, topic_offset)
   WHERE c.partition = n.partition AND c.epoch = p_epoch;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  RETURN v_moved;
END $$;
`;
/**
 * A consumer's step: locks its rows in ascending order, compares them with what the consumer knows, moves them, and
 * locks the log's heads of the same partitions when asked to. It comes first in the transaction, so that what is decided
 * after it stands on locked rows; when the transaction fails, the rows have not moved.
 *
 * Returns the partitions whose row is not as the consumer knows it: then it must not go on.
 */
export const firstAdvance = `
CREATE FUNCTION event_log_advance(
  p_consumer text, p_topic text, p_partitions integer[], p_from_positions bigint[], p_revisions bigint[],
  p_positions bigint[], p_record_ids uuid[], p_next_offsets bigint[], p_parked integer[], p_lock_heads boolean
) RETURNS integer[]
LANGUAGE plpgsql AS $$
DECLARE v_stale integer[];
BEGIN
  PERFORM FROM event_log_consumers c
    WHERE c.consumer = p_consumer AND c.topic = p_topic AND c.partition = ANY (p_partitions)
    ORDER BY c.partition FOR UPDATE;

  WITH step AS (
    SELECT * FROM unnest(p_partitions, p_from_positions, p_revisions, p_positions, p_record_ids, p_next_offsets, p_parked)
      AS s (partition, from_position, revision, position, record_id, next_offset, parked)
  ), moved AS (
    UPDATE event_log_consumers c
       SET position = s.position, record_id = s.record_id, next_offset = s.next_offset, parked = c.parked + s.parked,
           try_from = NULL, try_to = NULL, tries = 0, moved_at = now()
      FROM step s
     WHERE c.consumer = p_consumer AND c.topic = p_topic AND c.partition = s.partition
       AND c.position = s.from_position AND c.revision = s.revision AND c.status = 'running'
    RETURNING c.partition
  )
  SELECT coalesce(array_agg(s.partition), '{}') INTO v_stale
    FROM step s WHERE s.partition NOT IN (SELECT m.partition FROM moved m);

  IF p_lock_heads AND cardinality(v_stale) = 0 THEN
    PERFORM FROM event_log_heads h WHERE h.partition = ANY (p_partitions) ORDER BY h.partition FOR UPDATE;
  END IF;
  RETURN v_stale;
END $$;
`;
