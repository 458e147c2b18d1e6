import { randomUUID } from 'node:crypto';
import { isAppendsHeld, nameBasedIds, type EventLog } from '@ponte/event-log';
import {
  currentTraceparent,
  notFound,
  Problem,
  unavailable,
  type Database,
  type Sql,
  type Transaction,
} from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import type { WorkspaceId } from '../ids.js';
import type { CatalogueCache } from '../projections/catalogue-cache.js';
import { loadCatalogues } from '../projections/load-catalogues.js';
import { WorkingSet } from '../projections/working-set.js';
import { writeProjections } from '../projections/write.js';
import { noteCreations, recordsOf } from '../records.js';
import type { Decision } from '../refusal.js';
import { problemOf } from './problem-of.js';

/** What of the log a command needs. */
export type CommandLog = Pick<EventLog, 'partitionOf' | 'lockHeads' | 'append'>;

/** Who asks, and how the same request is recognised. */
export interface Asked {
  readonly workspaceId: WorkspaceId;
  /** Null: the request is no repetition of another. */
  readonly idempotency: { readonly key: string; readonly fingerprint: Buffer } | null;
}

/** What a command does. `id` is the command's: ids of what it creates are made of it. */
export interface Plan<Body> {
  /** Reads what is needed beside the catalogue. */
  load?(sql: Sql, set: WorkingSet): Promise<void>;
  decide(set: WorkingSet, id: string): Decision<DomainEvent>;
  /** The resource as it is afterwards. */
  answer(set: WorkingSet, id: string): Body;
}

export interface Answer<Body> {
  readonly body: Body;
  /** Where the last event of the command lies in the log of deals, or where that log ends if it made none. */
  readonly position: { readonly partition: number; readonly position: number };
}

/** The ids of commands that name an idempotency key. */
const commandId = nameBasedIds('e5a2f6d4-4e0b-5d6f-8f51-6b2d3f0c7a10');

/** Runs commands of the API through the same locks, log and projections as what arrives. */
export class Commands {
  constructor(
    private readonly database: Database,
    private readonly log: CommandLog,
    private readonly cache: CatalogueCache,
  ) {}

  /**
   * @throws Problem 503 while nothing may be appended, 422 where the idempotency key was used for something else, and
   *   what the plan refuses
   */
  async run<Body>(asked: Asked, plan: Plan<Body>): Promise<Answer<Body>> {
    try {
      return await this.database.transaction((sql) => this.runIn(sql, asked, plan));
    } catch (error) {
      if (isAppendsHeld(error)) throw held(error);
      throw error;
    }
  }

  private async runIn<Body>(
    sql: Transaction,
    { workspaceId, idempotency }: Asked,
    plan: Plan<Body>,
  ): Promise<Answer<Body>> {
    const partition = this.log.partitionOf(workspaceId);
    await this.log.lockHeads(sql, [partition]);
    const id = idempotency ? commandId(`${workspaceId}/${idempotency.key}`) : randomUUID();
    const before = idempotency ? await findCommand(sql, workspaceId, id, idempotency.fingerprint) : null;
    const catalogues = await loadCatalogues(sql, [workspaceId], this.cache);
    const set = new WorkingSet(workspaceId, catalogues.get(workspaceId) ?? null);
    if (!set.exists) throw notFound('workspace');
    await plan.load?.(sql, set);
    if (before) return { body: plan.answer(set, id), position: { partition, position: before.position } };
    const decision = plan.decide(set, id);
    if (decision.kind === 'refused') throw problemOf(decision);
    const position = await this.append(sql, set, id, decision.events);
    if (idempotency) await sql.query(insertCommand, [workspaceId, id, idempotency.fingerprint, position]);
    return { body: plan.answer(set, id), position: { partition, position } };
  }

  private async append(sql: Transaction, set: WorkingSet, id: string, events: readonly DomainEvent[]): Promise<number> {
    const { workspaceId } = set;
    const time = new Date();
    const traceparent = currentTraceparent() ?? null;
    const cause = { workspaceId, id, time, correlationId: id, causationId: null, traceparent, hops: 0 };
    const appended = await this.log.append(sql, recordsOf(events, cause));
    const last = appended.at(-1);
    if (!last) return headPosition(sql, this.log.partitionOf(workspaceId));
    set.evolve(events, time.toISOString());
    noteCreations(new Map([[workspaceId, set]]), appended);
    writeProjections(sql, [set], this.cache);
    return last.position;
  }
}

const selectCommand = 'SELECT fingerprint, position FROM commands WHERE workspace_id = $1 AND id = $2';

const insertCommand = 'INSERT INTO commands (workspace_id, id, fingerprint, position) VALUES ($1, $2, $3, $4)';

async function findCommand(sql: Sql, workspaceId: WorkspaceId, id: string, fingerprint: Buffer) {
  const [found] = await sql.query<{ fingerprint: Buffer | null; position: number }>(selectCommand, [workspaceId, id]);
  if (!found) return null;
  // One that was adopted: what was asked is not known any more, and the key alone says that it was done.
  if (found.fingerprint === null || found.fingerprint.equals(fingerprint)) return found;
  throw new Problem({
    status: 422,
    code: 'idempotency_key_reused',
    title: 'Idempotency key reused',
    detail: 'This Idempotency-Key was sent with another request before.',
  });
}

/** A head is the last position of its partition; the caller's transaction holds it. */
async function headPosition(sql: Sql, partition: number): Promise<number> {
  const [head] = await sql.query<{ position: number }>('SELECT position FROM event_log_heads WHERE partition = $1', [
    partition,
  ]);
  return head?.position ?? 0;
}

function held(error: unknown): Problem {
  const reason = error instanceof Error ? error.message : 'Appends are held';
  return unavailable(`Nothing can be changed just now. ${reason}`, 5, error);
}
