/** Writes into a buffer that has room, from its beginning. */
export class ByteWriter {
  at = 0;

  constructor(readonly buffer: Buffer) {}

  int8(value: number): void {
    this.at = this.buffer.writeInt8(value, this.at);
  }

  int16(value: number): void {
    this.at = this.buffer.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  int64(value: bigint): void {
    this.at = this.buffer.writeBigInt64BE(value, this.at);
  }

  /** Of 31 bits. */
  varInt(value: number): void {
    let rest = zigZag(value);
    while (rest > 0x7f) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.at++] = rest;
  }

  bytes(bytes: string | Buffer | null, length: number): void {
    if (bytes === null) return;
    if (typeof bytes === 'string') this.buffer.write(bytes, this.at, length);
    else bytes.copy(this.buffer, this.at);
    this.at += length;
  }

  text(text: string): void {
    this.at += this.buffer.write(text, this.at);
  }

  latin1(text: string): void {
    this.at += this.buffer.write(text, this.at, 'latin1');
  }
}

/** A signed number as one whose size grows with its distance from 0. Source: https://protobuf.dev/programming-guides/encoding/#signed-ints */
export const zigZag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;
