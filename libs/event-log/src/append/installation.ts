import type { Database } from '@ponte/service-kit';

/** What the log was made with. */
export interface Installation {
  readonly source: string;
  readonly topic: string;
  readonly partitions: number;
  readonly maxRecordBytes: number;
}

/** The log in the database was made with another source, topic or number of partitions. */
export class InstallationMismatch extends Error {
  override readonly name = 'InstallationMismatch';

  constructor(readonly mismatches: readonly string[]) {
    super(
      `This database belongs to another installation: ${mismatches.join('; ')}. ` +
        'Source, topic and partitions are fixed for the life of an installation: mend the configuration, or use another database.',
    );
  }
}

/**
 * Makes the rows of a new log, or checks that the existing ones are of this installation. The limit for records may
 * change between boots.
 *
 * @throws InstallationMismatch
 */
export async function openInstallation(database: Database, wanted: Installation): Promise<void> {
  const [found] = await database.query<{ source: string; topic: string; partitions: number }>(OPEN, [
    wanted.partitions,
    wanted.source,
    wanted.topic,
    wanted.maxRecordBytes,
  ]);
  if (found === undefined) throw new Error('The row of the installation could not be made');
  const mismatches = (['source', 'topic', 'partitions'] as const).flatMap((fact) =>
    found[fact] === wanted[fact]
      ? []
      : [`${fact} is ${String(found[fact])} there and ${String(wanted[fact])} in the configuration`],
  );
  if (mismatches.length > 0) throw new InstallationMismatch(mismatches);
  await database.query(FILL, [wanted.partitions]);
}

/** The update that changes nothing of an existing row but the limit makes the row come back either way. */
const OPEN = `
  INSERT INTO event_log_installation AS i (partitions, source, topic, max_record_bytes) VALUES ($1, $2, $3, $4)
  ON CONFLICT (only_row) DO UPDATE
    SET max_record_bytes = CASE WHEN i.source = $2 AND i.topic = $3 AND i.partitions = $1
                                THEN excluded.max_record_bytes ELSE i.max_record_bytes END
  RETURNING source, topic, partitions`;

const FILL = `
  WITH heads AS (
    INSERT INTO event_log_heads (partition) SELECT generate_series(0, $1::int - 1) ON CONFLICT DO NOTHING
  ), checkpoints AS (
    INSERT INTO event_log_checkpoints (partition) SELECT generate_series(0, $1::int - 1) ON CONFLICT DO NOTHING
  ), relay AS (
    INSERT INTO event_log_relay DEFAULT VALUES ON CONFLICT DO NOTHING
  )
  INSERT INTO event_log_checks DEFAULT VALUES ON CONFLICT DO NOTHING`;
