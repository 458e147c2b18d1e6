// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- two packages without types; specs are compiled without this folder's declarations
/// <reference path="./codec-modules.d.ts" />
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import lz4 from 'lz4js';
import snappy from 'snappyjs';
import { kafkajs } from './library.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What kafkajs asks of a codec. */
interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(compressed: Buffer): Promise<Buffer>;
}

/** The header of the framing that Java clients put around Snappy blocks: magic, then version and compatible version. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

if (!('zstdCompress' in zlib)) {
  throw new Error(
    `Ponte needs Node 22.15 or later, and this is ${process.version}. In the repository, \`npx node\` is the one of \`npm ci\`.`,
  );
}

const compressZstd = promisify(zlib.zstdCompress);
const decompressZstd = promisify(zlib.zstdDecompress);

const zstdCodec: Codec = {
  compress: ({ buffer }) => compressZstd(buffer),
  decompress: (compressed) => decompressZstd(compressed),
};

const snappyCodec: Codec = {
  compress: ({ buffer }) => Promise.resolve(Buffer.from(snappy.compress(buffer))),
  decompress: (compressed) => Promise.resolve(decompressSnappy(compressed)),
};

const lz4Codec: Codec = {
  compress: ({ buffer }) => Promise.resolve(Buffer.from(lz4.compress(buffer))),
  decompress: (compressed) => Promise.resolve(Buffer.from(lz4.decompress(compressed))),
};

/**
 * Decompresses a Snappy block, or a sequence of blocks in xerial framing, each preceded by its length (big-endian).
 * https://github.com/xerial/snappy-java/blob/master/src/main/java/org/xerial/snappy/SnappyOutputStream.java
 */
export function decompressSnappy(compressed: Buffer): Buffer {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return Buffer.from(snappy.uncompress(compressed));
  }
  const blocks: Uint8Array[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at < compressed.length) {
    const length = compressed.readUInt32BE(at);
    at += 4;
    blocks.push(snappy.uncompress(compressed.subarray(at, at + length)));
    at += length;
  }
  return Buffer.concat(blocks);
}

/**
 * A batch whose codec is missing crashes a kafkajs consumer for good, and a topic's batches may come compressed from
 * any producer or from the broker itself (`compression.type`). So all codecs are there from the start.
 */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec;
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
}
