import { setTimeout as sleep } from 'node:timers/promises';
import { fromKafka, isUnreadable } from '@ponte/event-log';
import type { Kafka } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { IncompleteLog, type ChainedRecord, type Heads } from './chain.js';

const BATCH_BYTES = 8 * 1_048_576;
/** A running service relays what it appended within moments. */
const PATIENCE_MS = 30_000;

/** The topic from its beginning, in order within each partition, repeats included. */
export async function readTopic(
  { kafka, topic }: { readonly kafka: Kafka; readonly topic: string },
  heads: Heads,
  batchRecords: number,
  onRecords: (records: readonly ChainedRecord[]) => Promise<void>,
): Promise<void> {
  let waiting: ChainedRecord[] = [];
  let bytes = 0;
  const flush = async () => {
    const records = waiting;
    [waiting, bytes] = [[], 0];
    await onRecords(records);
  };
  const from = new Map(
    [...heads].filter(([, head]) => head > 0).map(([partition]) => [partition, 'earliest'] as const),
  );
  await kafka.readToEnd(topic, from, async (incoming) => {
    for (const one of incoming) {
      const record = fromKafka(one);
      if (isUnreadable(record)) {
        const place = `${topic}, partition ${String(one.partition)}, offset ${String(one.offset)}`;
        throw new IncompleteLog(`${place}: no record of a log, its header ${record.header} is missing or unreadable`);
      }
      waiting.push(record);
      bytes += one.value?.length ?? 0;
      if (waiting.length >= batchRecords || bytes >= BATCH_BYTES) await flush();
    }
  });
  await flush();
}

/** Waits until the relay has sent what the log holds up to its heads. @returns false where nobody does */
export async function isRelayed(sql: Sql, heads: Heads): Promise<boolean> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const rows = await sql.query<{ partition: number; position: number; relays: boolean }>(
      `SELECT c.partition, c.position, r.holder IS NOT NULL AND r.expires_at > clock_timestamp() AS relays
         FROM event_log_checkpoints c CROSS JOIN event_log_relay r`,
    );
    if (rows.every(({ partition, position }) => position >= (heads.get(partition) ?? 0))) return true;
    if (Date.now() > until || !rows.some(({ relays }) => relays)) return false;
    await sleep(200);
  }
}
