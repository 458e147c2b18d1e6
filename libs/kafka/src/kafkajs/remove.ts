import type { KafkaConfig } from '../port.js';
import { AdminConnection } from './admin-connection.js';
import { createClient, withPrefix } from './client.js';

/** Logical names, as everywhere in this port. */
export interface Removed {
  readonly topics?: readonly string[];
  /** Groups that nobody is a member of, with the offsets that they committed. */
  readonly groups?: readonly string[];
}

/**
 * Takes topics and groups away, as a careless operator does: for the tests and proofs of what Ponte makes of it. No
 * service calls this. Resolves when the broker has agreed; topics are gone a moment later.
 *
 * @throws KafkaError `unavailable`, `not_authorized`, `topic_missing`, `invalid`
 */
export async function removeFromKafka(config: KafkaConfig, { topics = [], groups = [] }: Removed): Promise<void> {
  const admin = new AdminConnection(createClient(config));
  try {
    const prefixed = (names: readonly string[]): string[] => names.map((name) => withPrefix(config, name));
    if (topics.length > 0) {
      await admin.call('deleting topics', (connected) => connected.deleteTopics({ topics: prefixed(topics) }));
    }
    if (groups.length > 0) await admin.call('deleting groups', (connected) => connected.deleteGroups(prefixed(groups)));
  } finally {
    await admin.close();
  }
}
