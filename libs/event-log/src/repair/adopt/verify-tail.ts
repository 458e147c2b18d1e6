import type { Kafka } from '@ponte/kafka';
import type { Sql } from '@ponte/service-kit';
import { differencesFromLog, type Seen } from '../../checks/differences-from-log.js';
import type { ReceivedRecord } from '../../record.js';
import { AdoptionRefused } from './adopter.js';
import { forked, readTail, type TailStart } from './tail.js';

/** So many repeats are compared with the log in one query. */
const COMPARE_AT = 2_000;

/**
 * Reads the tail of the topic to its end and changes nothing: whether it continues the log, without a gap and without a
 * second record at any position. Keeps 16 bytes a record of the tail.
 *
 * @returns how many records the log lacks
 * @throws AdoptionRefused
 */
export async function verifyTail(
  kafka: Kafka,
  sql: Sql,
  topic: string,
  source: string,
  starts: readonly TailStart[],
): Promise<number> {
  const tails = new Map(starts.map(({ head }) => [head.partition, { after: head.position, ids: new Ids() }]));
  let repeats: Seen[] = [];
  const compare = async () => {
    const [different] = await differencesFromLog(sql, repeats, 1);
    if (different !== undefined) throw forked({ ...different, id: different.topicId });
    repeats = [];
  };
  const onRepeat = (record: ReceivedRecord) => {
    const tail = tails.get(record.partition);
    if (tail === undefined || record.position <= tail.after) repeats.push(record);
    else if (tail.ids.at(record.position - tail.after - 1) !== record.id) throw forked(record);
  };
  let count = 0;
  const onNext = async (records: readonly ReceivedRecord[]) => {
    for (const record of records) tails.get(record.partition)?.ids.push(record.id);
    count += records.length;
    if (repeats.length >= COMPARE_AT) await compare();
  };
  await readTail(kafka, topic, source, starts, onNext, onRepeat);
  await compare();
  if (count === 0) throw new AdoptionRefused('nothing_to_adopt', 'The topic has nothing that the log lacks.');
  return count;
}

/** Many UUIDs in little memory. */
class Ids {
  private bytes = Buffer.alloc(16 * 64);
  private length = 0;

  push(id: string): void {
    if (16 * (this.length + 1) > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * this.bytes.length);
    this.bytes.write(id.replaceAll('-', ''), 16 * this.length, 'hex');
    this.length += 1;
  }

  at(index: number): string {
    const hex = this.bytes.toString('hex', 16 * index, 16 * (index + 1));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}
