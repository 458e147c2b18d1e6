import type { Database } from '@ponte/service-kit';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { WorkspaceId } from '../ids.js';

export interface Cached {
  /** A value of the sequence `catalogue_versions`: it names one state of one catalogue for ever. */
  readonly version: number;
  readonly catalogue: Catalogue;
}

/** How many entries of all catalogues together are kept: some 100 MB at most. */
const mostEntries = 200_000;

/**
 * The catalogues that were read lately. Whoever takes one has read its version under the workspace's lock, so a cached
 * one is never stale; whatever was put by a transaction that then rolled back has a version that nobody will ask for.
 * That holds while Postgres keeps its sequence: a crash, a failover or a restore may hand out numbers again, and all of
 * them break connections. Then everything is read anew.
 */
export class CatalogueCache {
  private readonly cached = new Map<WorkspaceId, Cached>();
  private entries = 0;

  constructor(
    database: Pick<Database, 'onConnectionLost'>,
    private readonly limit: number = mostEntries,
  ) {
    database.onConnectionLost(() => {
      this.cached.clear();
      this.entries = 0;
    });
  }

  get(workspaceId: WorkspaceId): Cached | null {
    const found = this.cached.get(workspaceId);
    if (!found) return null;
    this.cached.delete(workspaceId);
    this.cached.set(workspaceId, found);
    return found;
  }

  put(workspaceId: WorkspaceId, version: number, catalogue: Catalogue): void {
    this.remove(workspaceId);
    this.cached.set(workspaceId, { version, catalogue });
    this.entries += weightOf(catalogue);
    for (const oldest of this.cached.keys()) {
      if (this.entries <= this.limit || oldest === workspaceId) return;
      this.remove(oldest);
    }
  }

  private remove(workspaceId: WorkspaceId): void {
    const found = this.cached.get(workspaceId);
    if (!found) return;
    this.cached.delete(workspaceId);
    this.entries -= weightOf(found.catalogue);
  }
}

function weightOf({ groups, origins, stages, tags, owners }: Catalogue): number {
  return 1 + groups.size + origins.size + stages.size + tags.size + owners.size;
}
