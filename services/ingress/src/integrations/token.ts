import { hash, randomBytes } from 'node:crypto';

/** 256 random bits, in base64url: 43 characters. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What a token is looked up by. A hash without salt is enough: nobody guesses 256 random bits. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

const remembered = new Map<string, string>();
const MAX_REMEMBERED = 10_000;

/** `hashToken` for the hot path, where the same tokens come again and again. Forgets all of them when they are many. */
export function hashKnownToken(token: string): string {
  const known = remembered.get(token);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const hashed = hashToken(token);
  // As a copy: what was cut out of a URL holds all of it in memory, with its query.
  remembered.set(Buffer.from(token).toString(), hashed);
  return hashed;
}

/** What a sealed token belongs to: it opens in the row of its own integration alone. */
export function tokenContext(integrationId: string): string {
  return `inbound-integration/${integrationId}/token`;
}
