import { EventLog } from '@ponte/event-log';
import { connectKafka, type Kafka } from '@ponte/kafka';
import { connectDatabase, type ConnectedDatabase, type Logger, type Shutdown } from '@ponte/service-kit';
import { createAdopter } from './adopt/adopter.js';
import { catalogueEntities } from './catalogue/entities.js';
import type { LogConfig } from './config.js';
import { dealsTopic, maxRecordBytes } from './deals-topic.js';
import { migrations } from './migrations/index.js';
import { CatalogueCache } from './projections/catalogue-cache.js';

export interface OpenLog {
  readonly database: ConnectedDatabase;
  readonly kafka: Kafka;
  readonly eventLog: EventLog;
}

/** Connects to the database and Kafka, and opens the log of deals; not started yet. */
export async function openLog(config: LogConfig, log: Logger, shutdown: Shutdown): Promise<OpenLog> {
  const database = await connectDatabase(config.database, {
    applicationName: 'ponte-deals',
    entities: catalogueEntities,
    migrations,
    log,
  });
  shutdown.add('connections', 'database', () => database.close());
  const kafka = connectKafka(config.kafka.connection);
  shutdown.add('connections', 'kafka', () => kafka.close());
  const { name: topic, partitions } = dealsTopic;
  const adopter = createAdopter({ kafka, maxRecordBytes, cache: new CatalogueCache(database) });
  const source = 'ponte/deals';
  const eventLog = new EventLog({ database, kafka, source, topic, partitions, maxRecordBytes, adopter, log });
  shutdown.add('flush', 'event log', () => eventLog.stop());
  return { database, kafka, eventLog };
}
