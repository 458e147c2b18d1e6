import { hash } from 'node:crypto';

/** By which a repetition of a payload is known again. */
export interface DeliveryIdentity {
  /** The tool's own id, as people are shown it. */
  id: string;
  /** What is compared: no length and no character of an id can break it. */
  idHash: string;
  bytesHash: string;
}

/** @param bytes the body; the query of a request without one */
export function deliveryIdentity(id: string, bytes: Buffer | string): DeliveryIdentity {
  return { id: id.slice(0, 200).replaceAll('\u0000', ''), idHash: hash128(id), bytesHash: hash128(bytes) };
}

/** The first 128 bits of SHA-256, in a form that Postgres reads as uuid. */
function hash128(value: string | Buffer): string {
  return hash('sha256', value, 'hex').slice(0, 32);
}
