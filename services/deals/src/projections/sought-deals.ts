import type { InboundReceivedV1 } from '@ponte/contracts';
import { identitiesOf, identityText, type Contact } from '../contacts/contact.js';
import type { ContactId, WorkspaceId } from '../ids.js';

/** Whom an inbound record may mean, and where. */
export interface Sought {
  readonly workspaceId: WorkspaceId;
  readonly inbound: InboundReceivedV1;
}

/** A contact's deals in an origin that the records of a batch may match. */
export interface DealsPlace {
  readonly workspaceId: WorkspaceId;
  readonly contactId: ContactId;
  readonly originId: string;
  /** The items that may match one of them: each may close an open one. */
  readonly items: number;
}

/**
 * Every contact that items may mean, in every origin in which they may mean it. An item may know a contact only by what
 * another item of the batch says (its e-mail, and a phone that was unknown), so what is said together belongs together.
 *
 * @param contacts those who own an e-mail or phone of the records, by workspace
 */
export function dealsSought(
  sought: readonly Sought[],
  contacts: ReadonlyMap<WorkspaceId, readonly Contact[]>,
): DealsPlace[] {
  const groups = new Groups();
  for (const [workspaceId, known] of contacts) {
    for (const contact of known) groups.join(keysOf(workspaceId, contact));
  }
  for (const { workspaceId, inbound } of sought) {
    for (const person of inbound.person.items) groups.join(keysOf(workspaceId, person));
  }
  const itemsIn = countItems(sought, groups);
  return [...contacts].flatMap(([workspaceId, known]) =>
    known.flatMap((contact) => {
      const [key] = keysOf(workspaceId, contact);
      const origins = key === undefined ? undefined : itemsIn.get(groups.of(key));
      return [...(origins ?? [])].map(([originId, items]) => ({ workspaceId, contactId: contact.id, originId, items }));
    }),
  );
}

/** Group → origin → its items there. */
function countItems(sought: readonly Sought[], groups: Groups): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { workspaceId, inbound } of sought) {
    const { originId } = inbound;
    if (originId === null) continue;
    for (const person of inbound.person.items) {
      const [key] = keysOf(workspaceId, person);
      if (key === undefined) continue;
      const group = groups.of(key);
      const origins = counts.get(group) ?? new Map<string, number>();
      counts.set(group, origins.set(originId, (origins.get(originId) ?? 0) + 1));
    }
  }
  return counts;
}

function keysOf(workspaceId: WorkspaceId, person: Parameters<typeof identitiesOf>[0]): string[] {
  return identitiesOf(person).map((identity) => `${workspaceId} ${identityText(identity)}`);
}

/** Keys that belong together, directly or by others between them (disjoint sets). */
class Groups {
  private readonly parents = new Map<string, string>();

  join([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    for (const other of others) this.parents.set(this.of(other), this.of(first));
  }

  /** The key that stands for the group. */
  of(key: string): string {
    let root = key;
    for (
      let parent = this.parents.get(root);
      parent !== undefined && parent !== root;
      parent = this.parents.get(root)
    ) {
      root = parent;
    }
    if (root !== key) this.parents.set(key, root);
    return root;
  }
}
