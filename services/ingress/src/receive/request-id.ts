import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Random bytes are drawn many at a time: one call for each request is among the dearest things that it does. */
const pool = Buffer.alloc(4_096);
const BYTES = 16;
let at = pool.length;

/** UUIDv7 (RFC 9562): in the order of arrival, which makes it the sort key of the history. */
export function newRequestId(receivedAt: Date): string {
  if (at + BYTES > pool.length) {
    randomFillSync(pool);
    at = 0;
  }
  const random = pool.subarray(at, at + BYTES);
  at += BYTES;
  return v7({ msecs: receivedAt.getTime(), random });
}
