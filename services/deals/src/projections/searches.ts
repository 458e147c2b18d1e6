import type { InboundReceivedV1 } from '@ponte/contracts';
import { identitiesOf, identityText, type Identity } from '../contacts/contact.js';
import type { WorkspaceId } from '../ids.js';

/** Whom an inbound record may mean, and where. */
export interface Sought {
  readonly workspaceId: WorkspaceId;
  readonly inbound: InboundReceivedV1;
}

/** An e-mail or phone that records name. What is named together, directly or by others between, is of one group. */
export interface SoughtIdentity extends Identity {
  readonly workspaceId: WorkspaceId;
  readonly group: number;
}

/** An origin in which items of a group look for a deal. */
export interface SoughtPlace {
  readonly group: number;
  readonly originId: string;
  /** How many of them: each may close an open deal. */
  readonly items: number;
}

/** What records of a batch look for. */
export interface Searches {
  readonly identities: readonly SoughtIdentity[];
  readonly places: readonly SoughtPlace[];
}

/**
 * Everybody whom records name, and every origin in which they may mean somebody. An item may know a contact only by what
 * another item of the batch says (its e-mail, and a phone that was unknown), so what is named together belongs together:
 * an item can come to mean no other contacts than those whom its group names.
 */
export function searchesOf(sought: readonly Sought[]): Searches {
  const named = new Map<string, Omit<SoughtIdentity, 'group'>>();
  const groups = new Groups();
  const items: { readonly key: string; readonly originId: string }[] = [];
  for (const { workspaceId, inbound } of sought) {
    for (const person of inbound.person.items) {
      const identities = identitiesOf(person).map(
        (identity) => [`${workspaceId} ${identityText(identity)}`, { ...identity, workspaceId }] as const,
      );
      for (const [key, identity] of identities) named.set(key, identity);
      const keys = identities.map(([key]) => key);
      groups.join(keys);
      const [key] = keys;
      if (key !== undefined && inbound.originId !== null) items.push({ key, originId: inbound.originId });
    }
  }
  return {
    identities: [...named].map(([key, identity]) => ({ ...identity, group: groups.numberOf(key) })),
    places: countItems(items.map(({ key, originId }) => ({ group: groups.numberOf(key), originId }))),
  };
}

function countItems(items: readonly Omit<SoughtPlace, 'items'>[]): SoughtPlace[] {
  const places = new Map<string, SoughtPlace>();
  for (const item of items) {
    const key = `${String(item.group)} ${item.originId}`;
    places.set(key, { ...item, items: (places.get(key)?.items ?? 0) + 1 });
  }
  return [...places.values()];
}

/**
 * Keys that belong together, directly or by others between them (disjoint sets). All are joined before the first number
 * is asked for, as joining makes one group of two.
 */
class Groups {
  private readonly parents = new Map<string, string>();
  /** Of the groups that were asked for, by the key that stands for each. */
  private readonly numbers = new Map<string, number>();

  join([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    for (const other of others) this.parents.set(this.of(other), this.of(first));
  }

  /** Numbers groups from 0, in the order in which they are first asked for. */
  numberOf(key: string): number {
    const root = this.of(key);
    const number = this.numbers.get(root) ?? this.numbers.size;
    this.numbers.set(root, number);
    return number;
  }

  /** The key that stands for the group. */
  private of(key: string): string {
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
