import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was taken back from the topic after a restore, on whose word, and what no copy held. */
export class EventLogAdoptions1764000000002 implements MigrationInterface {
  readonly name = 'EventLogAdoptions1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event_log_adoptions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        reason text NOT NULL,
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT now(),
        state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'done', 'refused')),
        refusal_kind text,
        refusal text,
        finished_at timestamptz
      );
      -- One at a time: whoever asks meanwhile gets the answer of the one that is being done.
      CREATE UNIQUE INDEX event_log_adoptions_asked ON event_log_adoptions (state) WHERE state = 'asked';

      CREATE TABLE event_log_adopted_ranges (
        adoption_id bigint NOT NULL REFERENCES event_log_adoptions,
        partition integer NOT NULL,
        from_position bigint NOT NULL,
        to_position bigint NOT NULL,
        -- Records behind to_position that finished its last cause: they were in no copy, and follow from what was.
        finished_with integer NOT NULL DEFAULT 0,
        last_time timestamptz NOT NULL, -- of the record at to_position: what was said after it is in no copy
        PRIMARY KEY (adoption_id, partition)
      );

      -- What the records do not carry, as far as it is known.
      CREATE TABLE event_log_adoption_losses (
        adoption_id bigint NOT NULL REFERENCES event_log_adoptions,
        what text NOT NULL,
        subject text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (adoption_id, what, subject)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE event_log_adoption_losses, event_log_adopted_ranges, event_log_adoptions');
  }
}
