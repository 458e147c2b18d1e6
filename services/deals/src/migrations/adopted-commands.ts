import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A command that was adopted from the topic, after a restore, is known by its id; what was asked is not. */
export class AdoptedCommands1764100000001 implements MigrationInterface {
  readonly name = 'AdoptedCommands1764100000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE commands ALTER COLUMN fingerprint DROP NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM commands WHERE fingerprint IS NULL');
    await runner.query('ALTER TABLE commands ALTER COLUMN fingerprint SET NOT NULL');
  }
}
