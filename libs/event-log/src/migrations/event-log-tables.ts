import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables of the log protocol. Small hot tables have room in their pages, so that their updates touch no index. */
export class EventLogTables1764000000000 implements MigrationInterface {
  readonly name = 'EventLogTables1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(producing);
    await runner.query(consuming);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE event_log_accepted_gaps, event_log_dead_letters, event_log_consumers, event_log_checks,
                 event_log_checkpoints, event_log_relay, event_log, event_log_heads, event_log_installation`);
  }
}

const producing = `
  -- One row: what must never change between boots, and the limit that appends are held to.
  CREATE TABLE event_log_installation (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    partitions integer NOT NULL CHECK (partitions > 0),
    source text NOT NULL,
    topic text NOT NULL,
    max_record_bytes integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );

  -- The last record of each partition. Locked by every append, and by nothing else.
  CREATE TABLE event_log_heads (
    partition integer PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    record_id uuid
  ) WITH (fillfactor = 40);

  CREATE TABLE event_log (
    partition integer NOT NULL,
    position bigint NOT NULL,
    record_id uuid NOT NULL,
    predecessor_id uuid,
    time timestamptz NOT NULL,
    hops smallint NOT NULL,
    size integer NOT NULL, -- bytes in Kafka, an upper bound
    type text NOT NULL,
    subject text NOT NULL,
    workspace_id text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text,
    traceparent text,
    data text NOT NULL, -- JSON. Written once, and no query reads into it
    PRIMARY KEY (partition, position) -- read by the relay, from a checkpoint on
  );
  -- Ids are made from their cause: a cause that is applied twice ends here.
  CREATE UNIQUE INDEX event_log_record_id ON event_log (record_id);

  -- One row: who relays. The epoch grows with every taking of the lease and fences the checkpoints.
  CREATE TABLE event_log_relay (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    holder uuid,
    epoch bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
  ) WITH (fillfactor = 40);

  -- What is known to be in the topic. Apart from the heads, so that the relay never waits for an append.
  CREATE TABLE event_log_checkpoints (
    partition integer PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    record_id uuid,
    topic_offset bigint, -- where a check begins to read; null: at the earliest record
    anchored boolean NOT NULL DEFAULT false, -- whether the record at topic_offset is the one of this checkpoint
    epoch bigint NOT NULL DEFAULT 0,
    republish_from bigint, -- asked for by an operator; done by the relay, which alone knows that nothing is in flight
    republish_offset bigint -- where the topic ended when the last such request was done
  ) WITH (fillfactor = 40);

  -- One row: whether log and topic belong together. Outlives the process that looked.
  CREATE TABLE event_log_checks (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    requested bigint NOT NULL DEFAULT 0,
    answered bigint NOT NULL DEFAULT 0, -- the request that the last check answers
    state text NOT NULL DEFAULT 'unchecked' CHECK (state IN ('unchecked', 'passed', 'halted')),
    server_started_at timestamptz, -- the run of Postgres that the check was made in: another run needs another check
    reason text,
    detail jsonb NOT NULL DEFAULT '[]',
    checked_at timestamptz
  );
`;

const consuming = `
  CREATE TABLE event_log_consumers (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL DEFAULT 0,
    record_id uuid,
    next_offset bigint, -- null: from the earliest record
    status text NOT NULL DEFAULT 'running'
      CHECK (status IN ('running', 'gap', 'forked', 'unknown_version', 'poisoned')),
    stopped jsonb, -- what was expected and what was found
    stopped_at timestamptz,
    parked integer NOT NULL DEFAULT 0, -- unresolved dead letters of this partition
    revision bigint NOT NULL DEFAULT 0, -- grows with everything an operator does to the row
    poisons_since bigint NOT NULL DEFAULT 0, -- poisons up to this position don't count towards 'poisoned'
    owner uuid, -- the instance that has the partition; still set by a stranger on assignment: that one died
    try_from bigint,
    try_to bigint,
    tries integer NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition)
  ) WITH (fillfactor = 40);

  CREATE TABLE event_log_dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    position bigint NOT NULL,
    record_id uuid NOT NULL,
    topic_offset bigint NOT NULL,
    reason text NOT NULL CHECK (reason IN ('poison', 'parked')),
    type text NOT NULL,
    subject text NOT NULL,
    parking_keys text[] NOT NULL,
    error jsonb, -- names, codes and places; never values, which may be personal
    record_key text,
    headers jsonb NOT NULL,
    value bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution text CHECK (resolution IN ('retried', 'dismissed')),
    resolved_by text,
    resolved_reason text,
    CHECK ((resolved_at IS NULL) = (resolution IS NULL))
  );
  -- Serves the count of poisons among the last positions, and keeps a record from being parked twice.
  CREATE UNIQUE INDEX event_log_dead_letters_record
    ON event_log_dead_letters (consumer, topic, partition, position, record_id);
  -- Serves "does anything that this record depends on lie here?"
  CREATE INDEX event_log_dead_letters_unresolved
    ON event_log_dead_letters USING gin (parking_keys) WHERE resolved_at IS NULL;

  -- Nothing is skipped in silence: what was skipped on somebody's word stands here.
  CREATE TABLE event_log_accepted_gaps (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('trimmed', 'gap', 'forked', 'foreign')),
    from_position bigint NOT NULL,
    to_position bigint NOT NULL,
    topic_offset bigint NOT NULL, -- of the record that was gone on with
    reason text NOT NULL,
    accepted_by text NOT NULL,
    accepted_at timestamptz NOT NULL DEFAULT now()
  );
`;
