export { allows, asWorkspaceId, ROLES } from './caller.js';
export type { Caller, Role, WorkspaceId } from './caller.js';
export { CurrentCaller, CurrentWorkspace, Public, Roles } from './decorators.js';
export { TokenGuard } from './token-guard.js';
export { createTokenVerifier, issueToken } from './token-verifier.js';
export type { TokenClaims, TokenConfig, TokenVerifier } from './token-verifier.js';
