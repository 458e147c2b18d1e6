/** A workspace's UUID, once it has been checked. */
export type WorkspaceId = string & { readonly __brand: 'WorkspaceId' };

/**
 * From the least to the most powerful; each may do what the ones before it may. `admin` governs the workspace of the
 * token; `operator` besides looks after the installation, which concerns every workspace.
 */
export const ROLES = ['viewer', 'editor', 'admin', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls an admin API. */
export interface Caller {
  readonly workspaceId: WorkspaceId;
  /** The most powerful role of the token. */
  readonly role: Role;
  /** The token's `sub`: whom changes are attributed to. */
  readonly subject: string | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower-cases, as the id decides by its bytes which partition a workspace belongs to. */
export function asWorkspaceId(value: unknown): WorkspaceId | undefined {
  if (typeof value !== 'string') return undefined;
  const id = value.toLowerCase();
  return isWorkspaceId(id) ? id : undefined;
}

function isWorkspaceId(id: string): id is WorkspaceId {
  return UUID.test(id);
}

/** @returns whether a role may do what needs the other. */
export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
