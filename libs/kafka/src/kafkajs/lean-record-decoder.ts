/** The part of kafkajs' Decoder that a record is read from: its bytes, from the beginning. */
export interface RecordBytes {
  readonly buffer: Buffer;
  offset: number;
}

/** What a record takes from its batch. */
export interface BatchContext {
  /** Decimal. */
  readonly firstOffset: string;
  /** Milliseconds, decimal. */
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
  readonly isControlBatch: boolean;
}

type HeaderValue = string | null;

export interface DecodedRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, HeaderValue | HeaderValue[]>>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

const LOG_APPEND_TIME = 1;

/**
 * Reads a record of a batch of format v2 as kafkajs does, with headers as texts: kafkajs makes a new object of all headers
 * for each one of them, and its own numbers of 64 bits for each varint.
 *
 * Source: https://kafka.apache.org/documentation/#record
 */
export function decodeRecord(bytes: RecordBytes, batchContext: BatchContext): DecodedRecord {
  const { firstOffset, firstTimestamp, maxTimestamp, timestampType, magicByte, isControlBatch } = batchContext;
  const reader = new Reader(bytes.buffer, bytes.offset);
  const attributes = reader.byte();
  const timestampDelta = reader.varLong();
  const offset = BigInt(firstOffset) + BigInt(reader.varInt());
  const appendTime = timestampType === LOG_APPEND_TIME && maxTimestamp !== '';
  const timestamp = appendTime ? maxTimestamp : String(BigInt(firstTimestamp) + timestampDelta);
  const key = reader.bytes();
  const value = reader.bytes();
  const headers = readHeaders(reader);
  bytes.offset = reader.at;
  return {
    magicByte,
    attributes,
    timestamp,
    offset: String(offset),
    key,
    value,
    headers,
    isControlRecord: isControlBatch,
    batchContext,
  };
}

/** A name that comes again has a list of values. */
function readHeaders(reader: Reader): DecodedRecord['headers'] {
  const headers: Record<string, HeaderValue | HeaderValue[]> = {};
  for (let left = reader.varInt(); left > 0; left -= 1) {
    const name = reader.text() ?? '';
    const value = reader.text();
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return headers;
}

class Reader {
  constructor(
    private readonly buffer: Buffer,
    public at: number,
  ) {}

  byte(): number {
    return this.buffer.readInt8(this.at++);
  }

  /** Of 32 bits. */
  varInt(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.buffer.readUInt8(this.at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** Of 64 bits, nearly always of few. */
  varLong(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.buffer.readUInt8(this.at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
  }

  bytes(): Buffer | null {
    const length = this.varInt();
    if (length < 0) return null;
    return this.buffer.subarray(this.at, (this.at += length));
  }

  text(): string | null {
    const length = this.varInt();
    if (length < 0) return null;
    return this.buffer.toString('utf8', this.at, (this.at += length));
  }
}
