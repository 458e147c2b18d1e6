import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The header by which Ponte knows its own calls: `t=<unix s>,hops=<n>,v1=<hex HMAC-SHA256>`. */
export const BETWEEN_HEADER = 'ponte-between';

/** More than this many rounds out of an installation and in again are a loop. */
export const MAX_HOPS = 8;

/** How far the signer's clock may be off, and how long a call may be under way, in seconds. */
export const BETWEEN_TOLERANCE_S = 300;

export interface CallBetween {
  /** Path and query of the URL that is called, as they are sent. */
  readonly target: string;
  /** The hops of the payload that this call makes: those of its cause + 1. */
  readonly hops: number;
  /** The exact bytes sent, text as UTF-8; empty for GET. */
  readonly body: string | Uint8Array;
}

export type BetweenOrigins =
  | { readonly kind: 'outside' }
  /** One of the installation's own calls; `hops` counts how often its cause came out and in again. */
  | { readonly kind: 'own'; readonly hops: number };

export interface SignedCall {
  readonly header: string | null | undefined;
  /** The targets that the call may have been signed for: a proxy may have cut a prefix off. */
  readonly targets: readonly string[];
  readonly body: string | Uint8Array;
}

/** The header's value for a call to one of the installation's own hooks: it proves who calls, what and when. */
export function signBetween(call: CallBetween, secret: string, now: Date): string {
  const time = String(Math.floor(now.getTime() / 1_000));
  const hops = String(call.hops);
  const signature = signatureOf(secret, { time, hops, target: call.target, bodyHash: hashOf(call.body) });
  return `t=${time},hops=${hops},v1=${signature.toString('hex')}`;
}

/**
 * Whether a request is one of the installation's own calls. A header that is missing, malformed, too old or wrongly
 * signed makes it a call from outside like any other: nobody gains anything by sending one.
 *
 * @param receivedAt compared with the time of signing, which may be BETWEEN_TOLERANCE_S away in either direction
 */
export function readBetween(call: SignedCall, secret: string, receivedAt: Date): BetweenOrigins {
  const match = /^t=(\d{1,12}),hops=(\d{1,6}),v1=([0-9a-f]{64})$/.exec(call.header ?? '');
  const [, time, hops, signature] = match ?? [];
  if (time === undefined || hops === undefined || signature === undefined) return { kind: 'outside' };
  if (Math.abs(receivedAt.getTime() / 1_000 - Number(time)) > BETWEEN_TOLERANCE_S) return { kind: 'outside' };
  const given = Buffer.from(signature, 'hex');
  const bodyHash = hashOf(call.body);
  const genuine = call.targets.some((target) =>
    timingSafeEqual(given, signatureOf(secret, { time, hops, target, bodyHash })),
  );
  return genuine ? { kind: 'own', hops: Number(hops) } : { kind: 'outside' };
}

/** Texts as they stand in the header, so that both sides sign the very same. */
interface SignedParts {
  readonly time: string;
  readonly hops: string;
  readonly target: string;
  readonly bodyHash: string;
}

function signatureOf(secret: string, { time, hops, target, bodyHash }: SignedParts): Buffer {
  return createHmac('sha256', secret).update(`${time}.${hops}.${target}.${bodyHash}`, 'utf8').digest();
}

function hashOf(body: string | Uint8Array): string {
  const hash = createHash('sha256');
  return (typeof body === 'string' ? hash.update(body, 'utf8') : hash.update(body)).digest('hex');
}
