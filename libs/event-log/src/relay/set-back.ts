import { KafkaError } from '@ponte/kafka';
import type { Finding } from '../checks/check-report.js';
import { compareTopic } from '../checks/compare-topic.js';
import { setBackCheckpoints } from './checkpoints.js';
import type { Lease } from './lease.js';
import type { RelayOptions } from './relay-options.js';

/**
 * Does the republishes that operators asked for, at the beginning of a session, when nothing of this relay is in flight.
 * What lies in the topic before its end of then is never compared again. So it is compared now: a republish must not
 * hide that the log lacks records, after a restore.
 *
 * @returns `done`: the checkpoints are to be read again; `waits`: a check will say what stands in the way
 */
export async function setBackIfAsked(
  { database, kafka, topic, log }: RelayOptions,
  lease: Lease,
): Promise<'not_asked' | 'done' | 'waits'> {
  const asked = lease.checkpoints.filter((checkpoint) => checkpoint.republishFrom !== null);
  if (asked.length === 0) return 'not_asked';
  const ends = await kafka.offsets(topic).catch((error: unknown) => {
    if (error instanceof KafkaError && error.kind === 'topic_missing') return null;
    throw error;
  });
  if (ends === null) return 'waits';
  const { findings } = await compareTopic(kafka, database, topic, asked);
  if (findings.some(standsInTheWay)) return 'waits';
  const facts = { epoch: lease.epoch, topic, partitions: asked.map(({ partition }) => partition), findings };
  if (findings.length > 0) log.warn(facts, 'a republish passes over what a check has found');
  await setBackCheckpoints(database, lease.epoch, asked, ends);
  return 'done';
}

/** What sending the log again mends, or an operator knowingly passes over, does not. */
function standsInTheWay({ kind }: Finding): boolean {
  switch (kind) {
    case 'ahead':
    case 'different':
    case 'topic_missing':
      return true;
    case 'behind':
    case 'displaced':
    case 'foreign':
    case 'unknown_past':
      return false;
  }
}
