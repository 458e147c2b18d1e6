import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, Rig, say, workspaceIn } from '../rig.spec-support.js';
import { appliedTexts, RunningConsumer } from './consuming.spec-support.js';

describe('a consumer whose database was restored under it', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open();
    const log = await rig.startedLog();
    await say(rig.database, log, workspaceIn(0, log), ['1', '2', '3']);
  });
  afterEach(() => rig.close());

  const endConnections = () =>
    rig.database
      .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()`)
      .catch(() => undefined);
  const followed = (consumer: RunningConsumer) =>
    eventually('followed', async () => {
      const position = consumer.consumer.status().partitions[0]?.position;
      return position === 3 && (await appliedTexts(rig)).join() === '1,2,3';
    });

  it('applies again what the backup lacks, though no record comes in', async () => {
    const consumer = new RunningConsumer(rig);
    await followed(consumer);
    await rig.database.transaction(async (sql) => {
      await sql.query(`UPDATE event_log_consumers c SET position = 1, next_offset = 1, record_id = l.record_id
        FROM event_log l WHERE c.partition = 0 AND l.partition = 0 AND l.position = 1`);
      await sql.query('DELETE FROM applied WHERE position > 1');
    });
    await endConnections();
    await followed(consumer);
    expect(consumer.consumer.status().partitions[0]).toMatchObject({ status: 'running', position: 3 });
  });

  it('begins anew when the backup is older than its rows', async () => {
    const consumer = new RunningConsumer(rig);
    await followed(consumer);
    await rig.database.transaction(async (sql) => {
      await sql.query('DELETE FROM event_log_consumers');
      await sql.query('DELETE FROM applied');
    });
    await endConnections();
    await followed(consumer);
    expect(await rig.database.query('SELECT kind FROM event_log_accepted_gaps')).toEqual([]);
  });
});
