import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { isError } from '../database/index.js';
import { forbidden, unauthorized, unavailable } from '../problems/index.js';
import { Secret } from '../secrets/index.js';
import { asWorkspaceId, ROLES, type Caller, type Role } from './caller.js';

/** How tokens are verified: by a shared secret (HS256), or by the keys that an identity provider publishes. */
export type TokenConfig = (
  { readonly kind: 'secret'; readonly secret: Secret } | { readonly kind: 'jwks'; readonly url: string }
) & {
  /** When given, `iss` must be this. */
  readonly issuer?: string;
  /** When given, `aud` must hold this. */
  readonly audience?: string;
};

/**
 * Checks a token and says who calls.
 *
 * @throws Problem 401 when the token isn't valid, 403 when it names no workspace or role, 503 when the keys of the
 *   identity provider can't be had
 */
export type TokenVerifier = (token: string) => Promise<Caller>;

/** Symmetric for secrets and asymmetric for published keys: a public key must never be taken for an HMAC secret. */
const SECRET_ALGORITHMS = ['HS256'];
const PUBLISHED_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Claims: `workspace` (UUID), `roles` (a list of operator, admin, editor, viewer), `exp`, and optionally `sub`. */
export function createTokenVerifier(config: TokenConfig): TokenVerifier {
  const options: JWTVerifyOptions = {
    algorithms: config.kind === 'secret' ? SECRET_ALGORITHMS : PUBLISHED_ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp'],
    ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
    ...(config.audience === undefined ? {} : { audience: config.audience }),
  };
  const verify = signatureCheck(config, options);
  return async (token) => {
    try {
      return callerOf(await verify(token));
    } catch (error) {
      throw refusal(error);
    }
  };
}

function signatureCheck(config: TokenConfig, options: JWTVerifyOptions): (token: string) => Promise<JWTPayload> {
  if (config.kind === 'secret') {
    const key = new TextEncoder().encode(config.secret.reveal());
    return async (token) => (await jwtVerify(token, key, options)).payload;
  }
  const keys = createRemoteJWKSet(new URL(config.url));
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}

function callerOf(claims: JWTPayload): Caller {
  const workspaceId = asWorkspaceId(claims['workspace']);
  if (workspaceId === undefined) throw forbidden('The token names no workspace: its claim "workspace" must be a UUID.');
  const role = strongestRole(claims['roles']);
  if (role === undefined) throw forbidden(`The token has no role: its claim "roles" lists ${ROLES.join(', ')}.`);
  return { workspaceId, role, subject: claims.sub ?? null };
}

function strongestRole(claim: unknown): Role | undefined {
  const given: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return ROLES.findLast((role) => given.includes(role));
}

/** What of a failed check the caller may know. Failing to fetch the keys is nobody's bad token. */
function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return unauthorized('the token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) return unauthorized(`the claim ${error.claim} is not accepted`);
  if (error instanceof errors.JWKSTimeout || (isError(error) && error.name === 'TypeError')) {
    return unavailable('The keys that verify tokens can not be fetched.', 5, error);
  }
  if (error instanceof errors.JWKSNoMatchingKey) return unauthorized('the token is signed by an unknown key');
  if (error instanceof errors.JOSEAlgNotAllowed) return unauthorized('the algorithm of the token is not accepted');
  if (error instanceof errors.JOSEError) {
    const isOurs = error.code === 'ERR_JOSE_GENERIC' || error.code === 'ERR_JWKS_INVALID';
    return isOurs
      ? unavailable('The keys that verify tokens can not be fetched.', 5, error)
      : unauthorized('the token is not valid');
  }
  return error;
}

/** What goes into a token that Ponte itself issues, for trying it out and for tests. */
export interface TokenClaims {
  readonly workspaceId: string;
  readonly roles: readonly Role[];
  readonly subject?: string;
  /** Default: one hour. */
  readonly expiresInSeconds?: number;
  readonly issuer?: string;
  readonly audience?: string;
}

/** Issues a token signed by the shared secret. Installations with an identity provider let that one issue them. */
export async function issueToken(secret: string | Secret, claims: TokenClaims): Promise<string> {
  const key = new TextEncoder().encode(secret instanceof Secret ? secret.reveal() : secret);
  const expires = Math.floor(Date.now() / 1000) + (claims.expiresInSeconds ?? 3_600);
  const token = new SignJWT({ workspace: claims.workspaceId, roles: claims.roles })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt()
    .setExpirationTime(expires);
  if (claims.subject !== undefined) token.setSubject(claims.subject);
  if (claims.issuer !== undefined) token.setIssuer(claims.issuer);
  if (claims.audience !== undefined) token.setAudience(claims.audience);
  return token.sign(key);
}
