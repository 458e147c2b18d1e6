/**
 * Why a call to Kafka failed, as far as a caller may decide on it:
 *
 * - `unavailable`: no broker, no leader, a time-out; trying again later can help
 * - `not_authorized`: the credentials are wrong, or lack a right
 * - `topic_missing`: the topic does not exist (and may not or shall not be created)
 * - `topic_mismatch`: the topic is not as it must be; `mismatches` lists everything that differs
 * - `record_too_large`: a batch exceeds what the topic or the broker takes
 * - `fenced`: the broker no longer takes this producer's sequence; only a new sender can go on
 * - `closed`: the sender or client was closed, or the sender failed before and must be replaced
 * - `invalid`: the request itself is wrong (a partition that the topic lacks, an unusable name)
 * - `unexpected`: none of these; the cause says more
 */
export type KafkaErrorKind =
  | 'unavailable'
  | 'not_authorized'
  | 'topic_missing'
  | 'topic_mismatch'
  | 'record_too_large'
  | 'fenced'
  | 'closed'
  | 'invalid'
  | 'unexpected';

/** One property of a topic that is not as it must be. */
export interface TopicMismatch {
  property: 'partitions' | 'cleanup.policy' | 'retention.ms' | 'retention.bytes' | 'max.message.bytes';
  expected: string;
  actual: string;
}

/** The one error of this package. Decide on `kind`, never on the message; the original is the `cause`. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';

  constructor(
    readonly kind: KafkaErrorKind,
    message: string,
    options: { cause?: unknown; mismatches?: readonly TopicMismatch[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.mismatches = options.mismatches ?? [];
  }

  /** Filled for `topic_mismatch`. */
  readonly mismatches: readonly TopicMismatch[];

  /** Whether the same call may succeed later without anybody changing anything. */
  get isTransient(): boolean {
    return this.kind === 'unavailable';
  }
}
