/** Castagnoli's polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const tables = makeTables();

/** Table k tells what a byte does to the checksum k bytes later. */
function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at += 1) {
    const before = made[at - 256] ?? 0;
    made[at] = (before >>> 8) ^ (made[before & 0xff] ?? 0);
  }
  return made;
}

/**
 * CRC-32C of a buffer, eight bytes at a time (slicing-by-8).
 *
 * Source: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4 (the polynomial and test values)
 */
export function crc32c(buffer: Uint8Array): number {
  const at = (index: number): number => tables[index] ?? 0;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const whole = buffer.length - (buffer.length % SLICES);
  let crc = -1;
  for (let start = 0; start < whole; start += SLICES) {
    const low = crc ^ view.getInt32(start, true);
    const high = view.getInt32(start + 4, true);
    crc =
      at(1792 + (low & 0xff)) ^
      at(1536 + ((low >>> 8) & 0xff)) ^
      at(1280 + ((low >>> 16) & 0xff)) ^
      at(1024 + (low >>> 24)) ^
      at(768 + (high & 0xff)) ^
      at(512 + ((high >>> 8) & 0xff)) ^
      at(256 + ((high >>> 16) & 0xff)) ^
      at(high >>> 24);
  }
  for (let index = whole; index < buffer.length; index += 1) {
    crc = at((crc ^ view.getUint8(index)) & 0xff) ^ (crc >>> 8);
  }
  return (crc ^ -1) >>> 0;
}
