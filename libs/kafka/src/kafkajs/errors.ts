import { KafkaError, type KafkaErrorKind } from '../kafka-error.js';

/** By the `type` of the protocol's errors: https://kafka.apache.org/protocol#protocol_error_codes */
const KIND_BY_PROTOCOL_TYPE: Readonly<Record<string, KafkaErrorKind>> = {
  TOPIC_AUTHORIZATION_FAILED: 'not_authorized',
  GROUP_AUTHORIZATION_FAILED: 'not_authorized',
  CLUSTER_AUTHORIZATION_FAILED: 'not_authorized',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'not_authorized',
  SASL_AUTHENTICATION_FAILED: 'not_authorized',
  UNSUPPORTED_SASL_MECHANISM: 'not_authorized',
  ILLEGAL_SASL_STATE: 'not_authorized',
  SECURITY_DISABLED: 'not_authorized',
  UNKNOWN_TOPIC_OR_PARTITION: 'topic_missing',
  MESSAGE_TOO_LARGE: 'record_too_large',
  RECORD_LIST_TOO_LARGE: 'record_too_large',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'fenced',
  INVALID_PRODUCER_EPOCH: 'fenced',
  INVALID_PRODUCER_ID_MAPPING: 'fenced',
  UNKNOWN_PRODUCER_ID: 'fenced',
  INVALID_TOPIC_EXCEPTION: 'invalid',
  INVALID_PARTITIONS: 'invalid',
  INVALID_REPLICATION_FACTOR: 'invalid',
  INVALID_CONFIG: 'invalid',
  INVALID_REQUEST: 'invalid',
  INVALID_GROUP_ID: 'invalid',
  INVALID_SESSION_TIMEOUT: 'invalid',
  INVALID_RECORD: 'invalid',
  INVALID_TIMESTAMP: 'invalid',
  POLICY_VIOLATION: 'invalid',
};

/** By the `name` of the client's own errors. */
const KIND_BY_NAME: Readonly<Record<string, KafkaErrorKind>> = {
  KafkaJSSASLAuthenticationError: 'not_authorized',
  KafkaJSConnectionError: 'unavailable',
  KafkaJSConnectionClosedError: 'unavailable',
  KafkaJSRequestTimeoutError: 'unavailable',
  KafkaJSBrokerNotFound: 'unavailable',
  KafkaJSNoBrokerAvailableError: 'unavailable',
  KafkaJSGroupCoordinatorNotFound: 'unavailable',
  KafkaJSLockTimeout: 'unavailable',
  KafkaJSTimeout: 'unavailable',
  KafkaJSMetadataNotLoaded: 'unavailable',
  KafkaJSTopicMetadataNotLoaded: 'unavailable',
  KafkaJSStaleTopicMetadataAssignment: 'unavailable',
};

/** Errors that say that this member's turn in the group is over and that it has to join again. */
const GROUP_MEMBERSHIP_TYPES: ReadonlySet<string> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);

/** Turns whatever the client threw into the port's error. A `KafkaError` stays what it is. */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  const chain = causes(error);
  const known = chain.find((link) => link instanceof KafkaError);
  if (known instanceof KafkaError) return known;
  const detail = error instanceof Error ? error.message : String(error);
  return new KafkaError(kindOf(chain), `${doing}: ${detail}`, { cause: error });
}

/** Whether a heartbeat or commit failed because the group goes on without this member's present assignment. */
export function endsMembership(error: unknown): boolean {
  return causes(error).some((link) => GROUP_MEMBERSHIP_TYPES.has(text(link, 'type')));
}

/** Whether a protocol error of this type is anywhere in what was thrown. */
export function hasProtocolType(error: unknown, type: string): boolean {
  return causes(error).some((link) => text(link, 'type') === type);
}

/** Whether a broker answered that it cannot now, but soon may: a new topic or leader is not known everywhere yet. */
export function passesBySoon(error: unknown): boolean {
  return causes(error).some((link) => text(link, 'type') !== '' && flag(link, 'retriable'));
}

function kindOf(chain: readonly unknown[]): KafkaErrorKind {
  for (const link of chain) {
    const kind = KIND_BY_PROTOCOL_TYPE[text(link, 'type')] ?? KIND_BY_NAME[text(link, 'name')];
    if (kind !== undefined) return kind;
  }
  // What the client itself would try again (a leader is being elected, too few replicas in sync) can pass by itself.
  // Sockets say what is wrong with them in `code`.
  const canPass = chain.some((link) => flag(link, 'retriable') || /^E[A-Z_]+$/.test(text(link, 'code')));
  return canPass ? 'unavailable' : 'unexpected';
}

/** The error, what it wraps and what it gathers, outermost first; each once. */
function causes(error: unknown): readonly unknown[] {
  const seen = new Set<unknown>();
  const queue: unknown[] = [error];
  for (let link = queue.shift(); link !== undefined; link = queue.shift()) {
    if (seen.has(link) || typeof link !== 'object' || link === null) continue;
    seen.add(link);
    if ('cause' in link) queue.push(link.cause);
    if ('errors' in link && Array.isArray(link.errors)) queue.push(...(link.errors as readonly unknown[]));
  }
  return [...seen];
}

function text(link: unknown, property: 'type' | 'name' | 'code'): string {
  const value: unknown = typeof link === 'object' && link !== null ? Reflect.get(link, property) : undefined;
  return typeof value === 'string' ? value : '';
}

function flag(link: unknown, property: 'retriable'): boolean {
  return typeof link === 'object' && link !== null && Reflect.get(link, property) === true;
}
