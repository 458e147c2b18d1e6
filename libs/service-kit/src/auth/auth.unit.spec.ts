import { createServer, type Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { asProblem } from '../problems/index.js';
import { Secret } from '../secrets/index.js';
import { allows, asWorkspaceId, createTokenVerifier, issueToken, type TokenVerifier } from './index.js';

const SECRET = 'a-secret-for-these-tests-0123456789';
const WORKSPACE = randomUUID();
const verify = createTokenVerifier({ kind: 'secret', secret: new Secret(SECRET), issuer: 'ponte', audience: 'api' });

const key = new TextEncoder().encode(SECRET);
const token = (claims: Record<string, unknown> = {}, alg = 'HS256', signedBy: Uint8Array | CryptoKey = key) =>
  new SignJWT({
    workspace: WORKSPACE,
    roles: ['editor'],
    iss: 'ponte',
    aud: 'api',
    exp: Math.floor(Date.now() / 1000) + 60,
    ...claims,
  })
    .setProtectedHeader({ alg })
    .sign(signedBy);

async function refusal(
  of: Promise<string> | string,
  by: TokenVerifier = verify,
): Promise<{ status: number; detail?: string }> {
  try {
    await by(await of);
  } catch (error) {
    const { status, detail } = asProblem(error);
    return { status, ...(detail === undefined ? {} : { detail }) };
  }
  return { status: 200 };
}

describe('a token', () => {
  it('says who calls: workspace, strongest role and subject', async () => {
    expect(await verify(await token({ sub: 'ana', roles: ['viewer', 'admin', 'unheard-of'] }))).toEqual({
      workspaceId: WORKSPACE,
      role: 'admin',
      subject: 'ana',
    });
    expect(await verify(await token({ roles: 'viewer', workspace: WORKSPACE.toUpperCase() }))).toEqual({
      workspaceId: WORKSPACE,
      role: 'viewer',
      subject: null,
    });
  });

  it('issued by Ponte itself is accepted', async () => {
    const issued = await issueToken(SECRET, {
      workspaceId: WORKSPACE,
      roles: ['admin'],
      issuer: 'ponte',
      audience: 'api',
    });
    expect((await verify(issued)).role).toBe('admin');
  });

  it.each([
    ['expired', () => token({ exp: Math.floor(Date.now() / 1000) - 60 }), 'the token has expired'],
    ['without an expiry', () => token({ exp: undefined }), 'the claim exp is not accepted'],
    ['not valid yet', () => token({ nbf: Math.floor(Date.now() / 1000) + 60 }), 'the claim nbf is not accepted'],
    ['of another issuer', () => token({ iss: 'someone' }), 'the claim iss is not accepted'],
    ['for another audience', () => token({ aud: 'other' }), 'the claim aud is not accepted'],
    [
      'signed by another secret',
      () => token({}, 'HS256', new TextEncoder().encode('x'.repeat(40))),
      'the token is not valid',
    ],
    [
      'of another algorithm',
      () => token({}, 'HS512', new TextEncoder().encode('x'.repeat(64))),
      'the algorithm of the token is not accepted',
    ],
    [
      'not signed at all',
      () => new UnsecuredJWT({ workspace: WORKSPACE, roles: ['admin'] }).encode(),
      'the algorithm of the token is not accepted',
    ],
    ['that is none', () => 'abc', 'the token is not valid'],
  ])('%s is refused with 401', async (_, made, detail) => {
    const refused = await refusal(made());
    expect(refused.status).toBe(401);
    expect(refused.detail).toBe(detail);
  });

  it.each([
    ['no workspace', { workspace: undefined }],
    ['a workspace that is no UUID', { workspace: 'all' }],
    ['no role', { roles: undefined }],
    ['only unknown roles', { roles: ['owner'] }],
  ])('with %s is refused with 403', async (_, claims) => {
    expect((await refusal(token(claims))).status).toBe(403);
  });
});

describe('published keys', () => {
  let server: Server;
  let url: string;
  let privateKey: CryptoKey;

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    privateKey = pair.privateKey;
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RS256' }] });
    server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(jwks));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}/jwks`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('verify tokens of the identity provider', async () => {
    const published = createTokenVerifier({ kind: 'jwks', url });
    expect((await published(await token({}, 'RS256', privateKey))).workspaceId).toBe(WORKSPACE);
  });

  it('never accept a token signed by a secret', async () => {
    expect((await refusal(token(), createTokenVerifier({ kind: 'jwks', url }))).status).toBe(401);
  });

  it('that cannot be fetched are nobody’s bad token', async () => {
    const unreachable = createTokenVerifier({ kind: 'jwks', url: 'http://127.0.0.1:1/jwks' });
    expect((await refusal(token({}, 'RS256', privateKey), unreachable)).status).toBe(503);
  });
});

describe('roles and workspaces', () => {
  it('admin may what editor may, and editor what viewer may', () => {
    expect(allows('admin', 'editor') && allows('editor', 'viewer') && allows('viewer', 'viewer')).toBe(true);
    expect(allows('viewer', 'editor') || allows('editor', 'admin')).toBe(false);
  });

  it('an admin governs a workspace, and is no operator of the installation', () => {
    expect(allows('operator', 'admin')).toBe(true);
    expect(allows('admin', 'operator')).toBe(false);
  });

  it('a workspace id is a UUID in lower case, as its bytes choose its partition', () => {
    expect(asWorkspaceId(WORKSPACE.toUpperCase())).toBe(WORKSPACE);
    expect(asWorkspaceId(`${WORKSPACE}x`)).toBeUndefined();
    expect(asWorkspaceId(7)).toBeUndefined();
  });
});
