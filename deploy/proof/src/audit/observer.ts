import type { IncomingRecord, Kafka } from '@ponte/kafka';
import { logOwners, topicOf, type Facts, type LogOwner } from './facts.js';
import { LogFollower } from './follow-log.js';
import { TopicFollower } from './follow-topic.js';

/** What lies in topics and logs. */
export type Observed = Pick<Facts, 'topics' | 'logs' | 'heads' | 'dealsBegan'>;

/** Looks into the three topics and the three logs, a look at a time. */
export class Observer {
  readonly topics: Readonly<Record<LogOwner, TopicFollower>>;
  readonly logs: Readonly<Record<LogOwner, LogFollower>>;

  constructor(
    kafka: Kafka,
    databaseUrls: Readonly<Record<LogOwner, string>>,
    isForeign?: (record: IncomingRecord) => boolean,
  ) {
    this.topics = forEachOwner((owner) => new TopicFollower(kafka, topicOf[owner], isForeign));
    this.logs = forEachOwner((owner) => new LogFollower(databaseUrls[owner]));
  }

  /** What is there now is the past. */
  async begin(): Promise<void> {
    const unread = await this.read();
    if (unread !== null) throw new Error(`Topics and logs could not be read before the scenario: ${unread}`);
    for (const one of this.followers()) one.begin();
  }

  /** Reads what came meanwhile. Null, or what could not be read now. */
  async read(): Promise<string | null> {
    try {
      // The topics first: what is relayed meanwhile is in the log then, and not the other way round.
      for (const one of this.followers()) await one.read();
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  seen(): Observed {
    return {
      topics: forEachOwner((owner) => this.topics[owner].records),
      logs: forEachOwner((owner) => this.logs[owner].rows),
      heads: forEachOwner((owner) => this.topics[owner].heads),
      dealsBegan: this.topics.deals.began,
    };
  }

  /** Changes with everything that comes. */
  count(): string {
    return [
      ...logOwners.map((owner) => this.topics[owner].records.length),
      ...logOwners.map((owner) => this.logs[owner].rows.length),
    ].join('/');
  }

  private followers() {
    return [...logOwners.map((owner) => this.topics[owner]), ...logOwners.map((owner) => this.logs[owner])];
  }
}

function forEachOwner<Value>(make: (owner: LogOwner) => Value): Record<LogOwner, Value> {
  return { ingress: make('ingress'), deals: make('deals'), dispatcher: make('dispatcher') };
}
