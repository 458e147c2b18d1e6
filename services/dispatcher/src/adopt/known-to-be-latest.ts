import type { EventLog } from '@ponte/event-log';

/** Without Kafka nobody can know, and what is due is to go out all the same: after a while it does. */
const PATIENCE_MS = 10_000;
/** A comparison that is being made may have a long tail of the topic to read. */
const COMPARING_PATIENCE_MS = 60_000;

type Log = Pick<EventLog, 'gate' | 'status'>;

/**
 * Whether deliveries may be called now. In a database that was restored some are pending that were finished before: so
 * nothing is called before the log of deliveries was compared with its topic, after a start or a lost connection, and
 * while they were found apart.
 *
 * @param now monotonic, in ms
 */
export function knownToBeLatest(log: Log, now: () => number = () => performance.now()): () => boolean {
  let unknownSince: number | null = null;
  return () => {
    if (log.gate.isOpen()) {
      unknownSince = null;
      return true;
    }
    if (log.gate.isHalted()) return false;
    unknownSince ??= now();
    const comparing = log.status().relay.state === 'checking';
    return now() - unknownSince > (comparing ? COMPARING_PATIENCE_MS : PATIENCE_MS);
  };
}
