import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The header by which Ponte knows its own calls: `t=<unix s>,hops=<n>,v1=<hex HMAC-SHA256>`. */
export const BETWEEN_HEADER = 'ponte-between';

/** A loop between integrations of one Ponte ends after so many hops. */
export const MAX_HOPS = 8;

/** How far the signer's clock may be off, and how long a call may be under way, in seconds. */
const TOLERANCE_S = 300;

export type BetweenOrigins =
  | { kind: 'outside' }
  /** One of this installation's own calls; `hops` counts how often its cause came out and in again. */
  | { kind: 'own'; hops: number };

export interface SignedCall {
  header: string | undefined;
  /** The paths that the call may have been signed for, query included: a proxy may have cut a prefix off. */
  targets: readonly string[];
  body: Buffer;
  nowMs: number;
  secret: string;
}

/**
 * Whether a request is one of this installation's own calls. A header that is missing, malformed, too old or wrongly
 * signed makes it a call from outside like any other: nobody gains anything by sending one.
 */
export function readBetweenOrigins(call: SignedCall): BetweenOrigins {
  if (call.header === undefined) return { kind: 'outside' };
  const match = /^t=(\d{1,12}),hops=(\d{1,6}),v1=([0-9a-f]{64})$/.exec(call.header);
  const [, time, hops, signature] = match ?? [];
  if (time === undefined || hops === undefined || signature === undefined) return { kind: 'outside' };
  if (Math.abs(call.nowMs / 1000 - Number(time)) > TOLERANCE_S) return { kind: 'outside' };
  const bodyHash = createHash('sha256').update(call.body).digest('hex');
  const given = Buffer.from(signature, 'hex');
  const genuine = call.targets.some((target) =>
    timingSafeEqual(given, signatureOf(call.secret, `${time}.${hops}.${target}.${bodyHash}`)),
  );
  return genuine ? { kind: 'own', hops: Number(hops) } : { kind: 'outside' };
}

function signatureOf(secret: string, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}
