import { hash, randomBytes } from 'node:crypto';

/** 256 random bits, in base64url: 43 characters. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What a token is looked up by. A hash without salt is enough: nobody guesses 256 random bits. It takes less than a
 * microsecond, so nothing remembers tokens, which anybody may make up, to spare it.
 */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** What a sealed token belongs to: it opens in the row of its own integration alone. */
export function tokenContext(integrationId: string): string {
  return `inbound-integration/${integrationId}/token`;
}
