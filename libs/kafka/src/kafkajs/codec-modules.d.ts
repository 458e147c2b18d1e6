declare module 'snappyjs' {
  const snappy: {
    compress(uncompressed: Uint8Array): Uint8Array;
    uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  };
  export default snappy;
}

declare module 'lz4js' {
  const lz4: {
    compress(uncompressed: Uint8Array, maxSize?: number): Uint8Array;
    decompress(compressed: Uint8Array, maxSize?: number): Uint8Array;
  };
  export default lz4;
}
