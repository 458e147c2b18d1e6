import { Inject, Injectable } from '@nestjs/common';
import {
  changesBetween,
  DATABASE,
  decodeCursor,
  invalid,
  notFound,
  pageOf,
  transactionSql,
  unavailable,
  type Caller,
  type ConnectedDatabase,
  type FieldChanges,
  type Page,
  type Sql,
} from '@ponte/service-kit';
import { IsNull, LessThan, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { catalogueFacts } from '../catalogue/catalogue-facts.js';
import { PARTITION_OF, TOKEN_SEALER, type PartitionOf, type TokenSealer } from '../injected.js';
import { HELD_MAY_GO_ON, INTEGRATIONS_CHANGED } from './channels.js';
import {
  inboundIntegrationChangeEntity,
  inboundIntegrationEntity,
  type ChangeKind,
  type InboundIntegration,
  type InboundIntegrationChange,
} from './inbound-integration.entity.js';
import { mistakesOf, type IntegrationDraft } from './integration-rules.js';
import { hashToken, newToken, tokenContext } from './token.js';

export interface PageOf {
  limit: number;
  cursor?: string;
}

/** Inbound integrations of a workspace: made, listed, changed, paused, resumed, deleted; every change with who made it. */
@Injectable()
export class IntegrationsService {
  constructor(
    @Inject(DATABASE) private readonly database: ConnectedDatabase,
    @Inject(TOKEN_SEALER) private readonly sealer: TokenSealer,
    @Inject(PARTITION_OF) private readonly partitionOf: PartitionOf,
  ) {}

  /** @throws Problem 400 with every mistake by its field; 503 while the workspace is not known here yet */
  async create(caller: Caller, draft: IntegrationDraft): Promise<InboundIntegration> {
    await check(this.database, caller.workspaceId, draft);
    const id = uuidv7();
    const token = newToken();
    const now = new Date();
    const made: InboundIntegration = {
      ...draft,
      id,
      workspaceId: caller.workspaceId,
      partition: this.partitionOf(caller.workspaceId),
      tokenHash: hashToken(token),
      tokenSealed: this.sealer.seal(token, tokenContext(id)),
      status: 'active',
      draining: false,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    await this.database.dataSource.transaction(async (manager) => {
      await manager.getRepository(inboundIntegrationEntity).save(made);
      await record(manager, made, caller, 'created', changesBetween({}, draft));
      await notify(manager, INTEGRATIONS_CHANGED);
    });
    return made;
  }

  /** Newest first. */
  async list(workspaceId: string, page: PageOf): Promise<Page<InboundIntegration>> {
    const after = decodeCursor(page.cursor, ['uuid']);
    const rows = await this.database.dataSource.getRepository(inboundIntegrationEntity).find({
      where: { workspaceId, deletedAt: IsNull(), ...(after === null ? {} : { id: LessThan(after[0]) }) },
      order: { id: 'DESC' },
      take: page.limit + 1,
    });
    return pageOf(
      rows,
      page.limit,
      (row) => [row.id],
      (row) => row,
    );
  }

  async get(workspaceId: string, id: string): Promise<InboundIntegration> {
    return find(this.database.dataSource.manager, workspaceId, id, 'read');
  }

  /** Newest first; also of a deleted integration. */
  async changes(workspaceId: string, integrationId: string, page: PageOf): Promise<Page<InboundIntegrationChange>> {
    const after = decodeCursor(page.cursor, ['number']);
    const rows = await this.database.dataSource.getRepository(inboundIntegrationChangeEntity).find({
      where: { workspaceId, integrationId, ...(after === null ? {} : { id: LessThan(after[0]) }) },
      order: { id: 'DESC' },
      take: page.limit + 1,
    });
    return pageOf(
      rows,
      page.limit,
      (row) => [row.id],
      (row) => row,
    );
  }

  /** What `edits` doesn't name stays. What was received before keeps what it was mapped to. */
  edit(caller: Caller, id: string, edits: Partial<IntegrationDraft>): Promise<InboundIntegration> {
    return this.change(caller, id, 'edited', async (before, sql) => {
      const after = { ...before, ...edits };
      await check(sql, caller.workspaceId, after);
      return after;
    });
  }

  /** What arrives is answered and kept, and held back until a resume. */
  pause(caller: Caller, id: string): Promise<InboundIntegration> {
    return this.change(caller, id, 'paused', (before) => ({ ...before, status: 'paused' }));
  }

  /** What was held is published in its order; what arrives meanwhile joins its end. */
  resume(caller: Caller, id: string): Promise<InboundIntegration> {
    return this.change(caller, id, 'resumed', (before) =>
      before.status === 'active' ? before : { ...before, status: 'active', draining: true },
    );
  }

  /** The URL is unknown from now on; the history stays, and what a pause held stays held. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.change(caller, id, 'deleted', (before) => ({ ...before, deletedAt: new Date() }));
  }

  /** The token, which only those may see who may change the integration. */
  tokenOf(integration: InboundIntegration): string {
    return this.sealer.open(integration.tokenSealed, tokenContext(integration.id));
  }

  private async change(
    caller: Caller,
    id: string,
    kind: ChangeKind,
    decide: (before: InboundIntegration, sql: Sql) => InboundIntegration | Promise<InboundIntegration>,
  ): Promise<InboundIntegration> {
    return this.database.dataSource.transaction(async (manager) => {
      const before = await find(manager, caller.workspaceId, id, 'write');
      const decided = await decide(before, await transactionSql(manager));
      const changes = changesBetween(visible(before), visible(decided));
      if (Object.keys(changes).length === 0) return before;
      const after = { ...decided, updatedAt: new Date() };
      await manager.getRepository(inboundIntegrationEntity).save(after);
      await record(manager, after, caller, kind, changes);
      await notify(manager, INTEGRATIONS_CHANGED);
      if (kind === 'resumed') await notify(manager, HELD_MAY_GO_ON);
      return after;
    });
  }
}

async function check(sql: Sql, workspaceId: string, draft: IntegrationDraft): Promise<void> {
  const facts = await catalogueFacts(sql, workspaceId, draft);
  if (facts === null) throw unavailable('This workspace is not known here yet.', 1);
  const mistakes = mistakesOf(draft, facts);
  if (mistakes.length > 0) throw invalid('Some fields are not valid.', mistakes);
}

async function find(
  manager: EntityManager,
  workspaceId: string,
  id: string,
  purpose: 'read' | 'write',
): Promise<InboundIntegration> {
  const found = await manager.findOne(inboundIntegrationEntity, {
    where: { workspaceId, id, deletedAt: IsNull() },
    // Two editors take turns, so that each recorded change is from what really was to what really became.
    ...(purpose === 'write' ? { lock: { mode: 'pessimistic_write' } } : {}),
  });
  if (found === null) throw notFound('inbound integration');
  return found;
}

function record(
  manager: EntityManager,
  integration: InboundIntegration,
  caller: Caller,
  kind: ChangeKind,
  changes: FieldChanges,
): Promise<unknown> {
  return manager.getRepository(inboundIntegrationChangeEntity).save({
    integrationId: integration.id,
    workspaceId: integration.workspaceId,
    changedAt: integration.updatedAt,
    changedBy: caller.subject ?? 'unknown',
    kind,
    changes,
  });
}

/** Delivered when the transaction commits, and only then. */
function notify(manager: EntityManager, channel: string): Promise<unknown> {
  return manager.query('select pg_notify($1, $2)', [channel, '']);
}

/** What people see and change; the rest is how it works inside. */
function visible(integration: InboundIntegration): Record<string, unknown> {
  const { name, mode, originId, closedDealsMatch, mapping, settings, status, deletedAt } = integration;
  return { name, mode, originId, closedDealsMatch, mapping, settings, status, deletedAt };
}
