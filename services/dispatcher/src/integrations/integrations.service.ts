import { Inject, Injectable } from '@nestjs/common';
import {
  changesBetween,
  DATABASE,
  decodeCursor,
  invalid,
  notFound,
  pageOf,
  transactionSql,
  type Caller,
  type ConnectedDatabase,
  type FieldChanges,
  type Page,
  type Sql,
} from '@ponte/service-kit';
import { IsNull, LessThan, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { catalogueFacts } from '../catalogue/catalogue-facts.js';
import { discardWaiting } from '../deliveries/lanes.js';
import { ENGINE, type WakesEngine } from '../injected.js';
import { mistakesOf } from './integration-rules.js';
import { paused, resumed, type Held } from './lifecycle.js';
import {
  outboundIntegrationChangeEntity,
  outboundIntegrationEntity,
  type ChangeKind,
  type IntegrationDraft,
  type OutboundIntegration,
  type OutboundIntegrationChange,
} from './outbound-integration.entity.js';

export interface PageOf {
  readonly limit: number;
  readonly cursor?: string;
}

/** Outbound integrations of a workspace; every change is kept with who made it. */
@Injectable()
export class IntegrationsService {
  constructor(
    @Inject(DATABASE) private readonly database: ConnectedDatabase,
    @Inject(ENGINE) private readonly engine: WakesEngine,
  ) {}

  /** @throws Problem 400 with every mistake by its field */
  async create(caller: Caller, draft: IntegrationDraft): Promise<OutboundIntegration> {
    await check(this.database, caller.workspaceId, draft);
    const now = new Date();
    const made: OutboundIntegration = {
      ...draft,
      id: uuidv7(),
      workspaceId: caller.workspaceId,
      status: 'active',
      switchedOnAt: now,
      pausedAt: null,
      discardedPeriods: [],
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    await this.database.dataSource.transaction(async (manager) => {
      await manager.getRepository(outboundIntegrationEntity).save(made);
      await record(manager, made, caller, 'created', changesBetween({}, visible(made)));
    });
    return made;
  }

  /** Newest first. */
  async list(workspaceId: string, page: PageOf): Promise<Page<OutboundIntegration>> {
    const after = decodeCursor(page.cursor, ['uuid']);
    const rows = await this.database.dataSource.getRepository(outboundIntegrationEntity).find({
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

  async get(workspaceId: string, id: string): Promise<OutboundIntegration> {
    return find(this.database.dataSource.manager, workspaceId, id, 'read');
  }

  /** Newest first; also of a deleted integration. */
  async changes(workspaceId: string, integrationId: string, page: PageOf): Promise<Page<OutboundIntegrationChange>> {
    const after = decodeCursor(page.cursor, ['number']);
    const rows = await this.database.dataSource.getRepository(outboundIntegrationChangeEntity).find({
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

  /** What `edits` doesn't name stays. Deliveries that were made before keep what they send. */
  edit(caller: Caller, id: string, edits: Partial<IntegrationDraft>): Promise<OutboundIntegration> {
    return this.change(caller, id, 'edited', async (before, sql) => {
      const after = { ...before, ...edits };
      // On the transaction's own connection: with another one beside it, edits at once would wait for one another.
      await check(sql, caller.workspaceId, after);
      return after;
    });
  }

  /** What happens from now on is held; what is being tried right now goes on. */
  pause(caller: Caller, id: string): Promise<OutboundIntegration> {
    return this.change(caller, id, 'paused', (before) => paused(before, new Date()));
  }

  async resume(caller: Caller, id: string, held: Held): Promise<OutboundIntegration> {
    const after = await this.change(caller, id, 'resumed', async (before, sql) => {
      if (held === 'discard' && before.pausedAt !== null) {
        await discardWaiting(sql, id, 'discarded_on_resume', before.pausedAt);
      }
      return resumed(before, held, new Date());
    });
    this.engine.wake([id]);
    return after;
  }

  /** Nothing fires and nothing waiting is sent any more; the history stays. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.change(caller, id, 'deleted', async (before, sql) => {
      await discardWaiting(sql, id, 'integration_deleted', null);
      return { ...before, deletedAt: new Date() };
    });
  }

  /** The row is locked first: the consumer's deliveries of it are all committed by then, and none are made meanwhile. */
  private async change(
    caller: Caller,
    id: string,
    kind: ChangeKind,
    decide: (before: OutboundIntegration, sql: Sql) => OutboundIntegration | Promise<OutboundIntegration>,
  ): Promise<OutboundIntegration> {
    return this.database.dataSource.transaction(async (manager) => {
      const before = await find(manager, caller.workspaceId, id, 'write');
      const decided = await decide(before, await transactionSql(manager));
      const changes = changesBetween(visible(before), visible(decided));
      if (Object.keys(changes).length === 0) return before;
      const after = { ...decided, updatedAt: new Date() };
      await manager.getRepository(outboundIntegrationEntity).save(after);
      await record(manager, after, caller, kind, changes);
      return after;
    });
  }
}

async function check(sql: Sql, workspaceId: string, draft: IntegrationDraft): Promise<void> {
  const mistakes = mistakesOf(draft, await catalogueFacts(sql, workspaceId, draft));
  if (mistakes.length > 0) throw invalid('Some fields are not valid.', mistakes);
}

async function find(
  manager: EntityManager,
  workspaceId: string,
  id: string,
  purpose: 'read' | 'write',
): Promise<OutboundIntegration> {
  const found = await manager.findOne(outboundIntegrationEntity, {
    where: { workspaceId, id, deletedAt: IsNull() },
    ...(purpose === 'write' ? { lock: { mode: 'pessimistic_write' } } : {}),
  });
  if (found === null) throw notFound('outbound integration');
  return found;
}

function record(
  manager: EntityManager,
  integration: OutboundIntegration,
  caller: Caller,
  kind: ChangeKind,
  changes: FieldChanges,
): Promise<unknown> {
  return manager.getRepository(outboundIntegrationChangeEntity).save({
    integrationId: integration.id,
    workspaceId: integration.workspaceId,
    changedAt: integration.updatedAt,
    changedBy: caller.subject ?? 'unknown',
    kind,
    changes,
  });
}

/** What people see and change; the rest is how it works inside. */
function visible(integration: OutboundIntegration): Record<string, unknown> {
  const { name, trigger, originId, filter, url, method, mapping, status, deletedAt } = integration;
  return { name, trigger, originId, filter, url, method, mapping, status, deletedAt };
}
