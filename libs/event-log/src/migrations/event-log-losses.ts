import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a process had committed and the database lost, as far as that process lived to tell. */
export class EventLogLosses1764000000005 implements MigrationInterface {
  readonly name = 'EventLogLosses1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event_log_losses (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        noticed_at timestamptz NOT NULL DEFAULT now(),
        partition integer NOT NULL,
        position bigint NOT NULL,
        record_id uuid NOT NULL UNIQUE, -- several processes may have committed together with others
        type text NOT NULL,
        subject text NOT NULL,
        workspace_id text NOT NULL,
        time timestamptz NOT NULL
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE event_log_losses');
  }
}
