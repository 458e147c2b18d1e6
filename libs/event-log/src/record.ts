/** Something a service says to the world: a CloudEvent without its place in the log. */
export interface NewRecord {
  /** UUID, made from its cause (`eventId`). A second record with the same id is refused. */
  readonly id: string;
  /** `ponte.DealCreated.v1` */
  readonly type: string;
  /** UUID. Decides the partition; the key in Kafka. */
  readonly workspaceId: string;
  /** What it is about: `deal/<id>`. */
  readonly subject: string;
  readonly time: Date;
  /** JSON text, valid by its contract. It is not looked into here. */
  readonly data: string;
  readonly correlationId: string;
  /** Id of what caused it; null where nothing in a log did. */
  readonly causationId: string | null;
  /** W3C Trace Context. */
  readonly traceparent: string | null;
  /** How often its cause went out of this installation and came in again. */
  readonly hops: number;
}

/** A record in its place. */
export interface LogRecord extends NewRecord {
  readonly partition: number;
  /** 1, 2, 3 … in the partition, with none missing. */
  readonly position: number;
  /** The id at the position before; null at 1. */
  readonly predecessorId: string | null;
}

/** A record that is known to be committed; its predecessor need not be known (undefined). */
export type CommittedRecord = Omit<LogRecord, 'predecessorId'> & { readonly predecessorId: string | null | undefined };

/** Whether it is known as a whole. */
export function isWhole(record: CommittedRecord): record is LogRecord {
  return record.predecessorId !== undefined;
}

/** A record as it came from the topic. */
export interface ReceivedRecord extends LogRecord {
  /** Where in the topic partition it was found; a repeat has another one. */
  readonly offset: bigint;
  readonly key: string | null;
  /** The producing service, e.g. `ponte/deals`. */
  readonly source: string;
}

/** What the record is, as far as following the log needs to know. */
export interface ChainLink {
  readonly position: number;
  readonly id: string;
  readonly predecessorId: string | null;
}

const TYPE = /^(.+)\.v([1-9]\d*)$/;

/** Splits `ponte.DealCreated.v1` into its name and version; null when it does not look like that. */
export function parseType(type: string): { name: string; version: number } | null {
  const match = TYPE.exec(type);
  const [, name, version] = match ?? [];
  return name === undefined || version === undefined ? null : { name, version: Number(version) };
}

/** What headers, key and Kafka's own framing add to the texts of a record, at most. */
const FRAME_BYTES = 700;

/**
 * The most bytes that the record can take in Kafka: what `maxRecordBytes` is compared with. The SQL function computes
 * the same.
 */
export function recordBytes(record: Omit<NewRecord, 'time' | 'hops' | 'id'>): number {
  return (
    FRAME_BYTES +
    Buffer.byteLength(record.data) +
    Buffer.byteLength(record.type) +
    Buffer.byteLength(record.subject) +
    2 * Buffer.byteLength(record.workspaceId) +
    Buffer.byteLength(record.correlationId) +
    Buffer.byteLength(record.causationId ?? '') +
    Buffer.byteLength(record.traceparent ?? '')
  );
}

/** Whether a record takes no more bytes than that; they are counted only where there are letters enough for it. */
export function recordFits(record: Omit<NewRecord, 'time' | 'hops' | 'id'>, limit: number): boolean {
  const { data, type, subject, workspaceId, correlationId, causationId, traceparent } = record;
  const letters =
    data.length +
    type.length +
    subject.length +
    2 * workspaceId.length +
    correlationId.length +
    (causationId?.length ?? 0) +
    (traceparent?.length ?? 0);
  // UTF-8 takes three bytes at most for each UTF-16 unit.
  return FRAME_BYTES + 3 * letters <= limit || recordBytes(record) <= limit;
}
