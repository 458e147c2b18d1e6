import { SignJWT } from 'jose';

export type Role = 'admin' | 'editor' | 'viewer';

/**
 * Signs a token for the APIs (HS256): bound to one workspace, with roles.
 *
 * @param expiresIn as jose reads it: `30d`, `2h`
 */
export function signToken(
  jwtSecret: string,
  claims: { workspace: string; roles: readonly Role[]; subject?: string },
  expiresIn = '30d',
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const token = new SignJWT({ workspace: claims.workspace, roles: [...claims.roles] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(claims.subject ?? 'local')
    .setIssuedAt()
    .setExpirationTime(expiresIn);
  if (env['JWT_ISSUER']) token.setIssuer(env['JWT_ISSUER']);
  if (env['JWT_AUDIENCE']) token.setAudience(env['JWT_AUDIENCE']);
  return token.sign(new TextEncoder().encode(jwtSecret));
}
