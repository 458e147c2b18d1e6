import type { Admin, ITopicMetadata } from 'kafkajs';
import { KafkaError, type TopicMismatch } from '../kafka-error.js';
import type { KafkaConfig, PartitionOffsets, TopicReport, TopicSpec, TopicWarning } from '../port.js';
import type { AdminConnection } from './admin-connection.js';
import { withPrefix } from './client.js';
import { hasProtocolType } from './errors.js';
import { kafkajs } from './library.js';

const { ConfigResourceTypes } = kafkajs;

const UNLIMITED = -1n;
const CHECKED_CONFIGS = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'max.message.bytes'] as const;
type TopicConfigs = Readonly<Partial<Record<(typeof CHECKED_CONFIGS)[number], string>>>;

/** A topic that was just created is not known to every broker at once. */
const CREATED_VISIBLE_TRIES = 50;
const CREATED_VISIBLE_PAUSE_MS = 100;
const ABSENT = ['UNKNOWN_TOPIC_OR_PARTITION'];
const NOT_YET_VISIBLE = [...ABSENT, 'LEADER_NOT_AVAILABLE'];

/** @see Kafka.offsets */
export async function topicOffsets(
  admin: AdminConnection,
  config: KafkaConfig,
  topic: string,
): Promise<ReadonlyMap<number, PartitionOffsets>> {
  const offsets = await admin.call(`reading the offsets of ${topic}`, (connected) =>
    connected.fetchTopicOffsets(withPrefix(config, topic)),
  );
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]));
}

/** How many partitions each topic has. @throws KafkaError `topic_missing` */
export async function partitionCounts(
  admin: AdminConnection,
  config: KafkaConfig,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const names = topics.map((topic) => withPrefix(config, topic));
  const { topics: found } = await admin.call(`looking up ${topics.join(', ')}`, (connected) =>
    connected.fetchTopicMetadata({ topics: names }),
  );
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  return new Map(topics.map((topic) => [topic, counts.get(withPrefix(config, topic)) ?? 0]));
}

/** @see Kafka.ensureTopic */
export async function ensureTopic(
  admin: AdminConnection,
  config: KafkaConfig,
  spec: TopicSpec,
  mode: 'create' | 'check',
): Promise<TopicReport> {
  const name = withPrefix(config, spec.name);
  let created = false;
  const ensure = async (connected: Admin): Promise<TopicReport> => {
    let metadata = await describe(connected, name);
    if (metadata === null && mode === 'create') {
      created = (await create(connected, name, spec)) || created;
      metadata = await describeCreated(connected, name);
    }
    if (metadata === null) throw new KafkaError('topic_missing', `the topic ${name} does not exist`);
    const configs = await readConfigs(connected, name);
    const mismatches = compare(spec, metadata, configs ?? {});
    if (mismatches.length > 0) throw mismatchError(name, mismatches);
    return { created, warnings: warningsOf(spec, metadata, configs) };
  };
  return admin.call(`checking the topic ${spec.name}`, (connected) =>
    mode === 'create' ? untilVisible(() => ensure(connected)) : ensure(connected),
  );
}

/** kafkajs asks for the metadata of every topic it has heard of, in whatever call: one that is being made fails them all. */
async function untilVisible<T>(work: () => Promise<T>): Promise<T> {
  for (let left = CREATED_VISIBLE_TRIES; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !NOT_YET_VISIBLE.some((type) => hasProtocolType(error, type))) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, CREATED_VISIBLE_PAUSE_MS));
  }
}

/**
 * What differs between the topic and the spec. A config that could not be read is not compared.
 */
export function compare(
  spec: TopicSpec,
  topic: Pick<ITopicMetadata, 'partitions'>,
  configs: TopicConfigs,
): TopicMismatch[] {
  const mismatches: TopicMismatch[] = [];
  const differs = (property: TopicMismatch['property'], expected: string, actual: string): void => {
    mismatches.push({ property, expected, actual });
  };
  const { 'cleanup.policy': policy, 'retention.ms': retentionMs, 'retention.bytes': retentionBytes } = configs;
  const maxMessageBytes = configs['max.message.bytes'];
  const keepsForever = BigInt(spec.retentionMs) === UNLIMITED;
  if (topic.partitions.length !== spec.partitions) {
    differs('partitions', String(spec.partitions), String(topic.partitions.length));
  }
  if (policy !== undefined && policy !== 'delete') differs('cleanup.policy', 'delete', policy);
  if (retentionMs !== undefined && !keepsAtLeast(retentionMs, spec.retentionMs)) {
    differs('retention.ms', keepsForever ? '-1' : `at least ${String(spec.retentionMs)}`, retentionMs);
  }
  // Kept forever means that no other limit may trim it either.
  if (keepsForever && retentionBytes !== undefined && BigInt(retentionBytes) !== UNLIMITED) {
    differs('retention.bytes', '-1', retentionBytes);
  }
  if (maxMessageBytes !== undefined && BigInt(maxMessageBytes) < BigInt(spec.maxMessageBytes)) {
    differs('max.message.bytes', `at least ${String(spec.maxMessageBytes)}`, maxMessageBytes);
  }
  return mismatches;
}

function keepsAtLeast(actualMs: string, wantedMs: number): boolean {
  const actual = BigInt(actualMs);
  const wanted = BigInt(wantedMs);
  return actual === UNLIMITED || (wanted !== UNLIMITED && actual >= wanted);
}

/** Null when the broker answers with one of the `absent` types. */
async function describe(
  admin: Admin,
  name: string,
  absent: readonly string[] = ABSENT,
): Promise<ITopicMetadata | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
    return topics.find((topic) => topic.name === name) ?? null;
  } catch (error) {
    if (absent.some((type) => hasProtocolType(error, type))) return null;
    throw error;
  }
}

async function describeCreated(admin: Admin, name: string): Promise<ITopicMetadata | null> {
  for (let left = CREATED_VISIBLE_TRIES; left > 0; left -= 1) {
    const metadata = await describe(admin, name, NOT_YET_VISIBLE);
    if (metadata !== null) return metadata;
    await new Promise((resolve) => setTimeout(resolve, CREATED_VISIBLE_PAUSE_MS));
  }
  return null;
}

/** False when another instance was faster. */
async function create(admin: Admin, name: string, spec: TopicSpec): Promise<boolean> {
  const configEntries = [
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(spec.retentionMs) },
    { name: 'max.message.bytes', value: String(spec.maxMessageBytes) },
    ...(spec.retentionMs === -1 ? [{ name: 'retention.bytes', value: '-1' }] : []),
  ];
  const topic = { topic: name, numPartitions: spec.partitions, configEntries };
  const { replicationFactor } = spec;
  return admin.createTopics({
    topics: [replicationFactor === undefined ? topic : { ...topic, replicationFactor }],
    // Its wait fails with UNKNOWN_TOPIC_OR_PARTITION on a broker that has not heard of the topic yet: we wait ourselves.
    waitForLeaders: false,
  });
}

/** Null when the rights to read them are missing. */
async function readConfigs(admin: Admin, name: string): Promise<TopicConfigs | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames: [...CHECKED_CONFIGS] }],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    const values = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    return Object.fromEntries(
      CHECKED_CONFIGS.flatMap((config) => {
        const value = values.get(config);
        return value === undefined ? [] : [[config, value]];
      }),
    );
  } catch (error) {
    const denied = ['TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'];
    if (denied.some((type) => hasProtocolType(error, type))) return null;
    throw error;
  }
}

function warningsOf(spec: TopicSpec, topic: ITopicMetadata, configs: TopicConfigs | null): TopicWarning[] {
  const warnings: TopicWarning[] = [];
  if (configs === null) warnings.push({ kind: 'configs_unreadable', topic: spec.name });
  const expected = spec.replicationFactor;
  const actual = Math.min(...topic.partitions.map(({ replicas }) => replicas.length));
  if (expected !== undefined && actual < expected) {
    warnings.push({ kind: 'fewer_replicas', topic: spec.name, expected, actual });
  }
  return warnings;
}

function mismatchError(name: string, mismatches: readonly TopicMismatch[]): KafkaError {
  const list = mismatches.map(({ property, expected, actual }) => `${property} is ${actual}, must be ${expected}`);
  return new KafkaError('topic_mismatch', `the topic ${name} is not as it must be: ${list.join('; ')}`, { mismatches });
}
