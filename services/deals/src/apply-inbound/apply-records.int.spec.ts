import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InboundAppliedV1, InboundReceivedV1 } from '@ponte/contracts';
import { isAppendsHeld } from '@ponte/event-log';
import { isInfrastructureError } from '@ponte/service-kit';
import type { DomainEvent } from '../events.js';
import { dealId, type WorkspaceId } from '../ids.js';
import { CatalogueCache } from '../projections/catalogue-cache.js';
import { loadForInbound } from '../projections/load-for-inbound.js';
import { WorkingSet } from '../projections/working-set.js';
import {
  id,
  inboundOf,
  inboundPersonOf,
  itemOf,
  phone,
  salesId,
  supportId,
  type Payload,
} from '../testing/inbound.spec-support.js';
import { counting, partitions, received, Rig } from '../testing/rig.spec-support.js';
import { applyRecords } from './apply-records.js';
import { readInbound } from './read-inbound.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(async () => {
  await rig.close();
});

const record = (workspace: string, payload: Payload) => received(workspace, inboundOf(payload, randomUUID()));

const outcomes = (events: readonly DomainEvent[]): InboundAppliedV1[] =>
  events.flatMap((event) => (event.kind === 'InboundApplied' ? [event.data] : []));

const dealsOf = (workspace: WorkspaceId) =>
  rig.database.query<{ id: string; status: string; value: string | null; created_position: number }>(
    'SELECT id, status, value::text, created_position FROM deals WHERE workspace_id = $1 ORDER BY created_position',
    [workspace],
  );

const marina: Payload = { person: { name: 'Marina', emails: ['marina@example.com'], phones: [phone(1)] } };
const person = (number: number) => ({ emails: [`p${String(number)}@example.com`] });

describe('applying records', () => {
  it('appends the events of each record in order, and writes deals, contacts and identities', async () => {
    const workspace = await rig.workspace();
    const one = record(workspace, { ...marina, item: { status: 'WON', value: '297.00', dealTags: ['Pix'] } });
    const [outcome] = outcomes(await rig.apply([one]));
    const { partition, position } = one;
    expect(outcome).toMatchObject({ outcome: 'created', item: 0, items: 1, inbound: { partition, position } });
    const log = await rig.events(workspace);
    expect(log.slice(-6).map(({ event }) => event.kind)).toEqual([
      ...['TagCreated', 'ContactCreated', 'DealCreated', 'StageEntered', 'StatusChanged', 'InboundApplied'],
    ]);
    const created = log.find(({ event }) => event.kind === 'DealCreated');
    expect(await dealsOf(workspace)).toEqual([
      { id: outcome?.dealId, status: 'WON', value: '297.00', created_position: created?.position },
    ]);
    const identities = await rig.database.query(
      'SELECT kind, key, contact_id FROM contact_identities WHERE workspace_id = $1 ORDER BY kind',
      [workspace],
    );
    expect(identities).toEqual([
      { kind: 'email', key: 'marina@example.com', contact_id: outcome?.contactId },
      { kind: 'phone', key: 'BR:11:00000001', contact_id: outcome?.contactId },
    ]);
  });

  it('the events carry on their record: its time, correlation, cause and hops', async () => {
    const workspace = await rig.workspace();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const one = { ...record(workspace, marina), hops: 3, traceparent };
    await rig.apply([one]);
    const rows = await rig.database.query(
      `SELECT DISTINCT time, correlation_id, causation_id, hops, left(traceparent, 35) AS trace
         FROM event_log WHERE workspace_id = $1 AND causation_id IS NOT NULL`,
      [workspace],
    );
    expect(rows).toEqual([
      {
        ...{ time: one.time, correlation_id: one.correlationId, causation_id: one.id, hops: 3 },
        trace: traceparent.slice(0, 35),
      },
    ]);
  });

  it('a record sees what the ones before it in the same batch made', async () => {
    const workspace = await rig.workspace();
    const events = await rig.apply([
      record(workspace, { ...marina, item: { dealTags: ['Novo'] } }),
      record(workspace, { person: { phones: [phone(1)] }, mode: 'update', item: { value: '10', dealTags: ['novo'] } }),
      record(workspace, { person: { emails: ['MARINA@example.com'] }, item: { value: '10.00' } }),
    ]);
    const [created, updated, unchanged] = outcomes(events);
    expect([created?.outcome, updated?.outcome, unchanged?.outcome]).toEqual(['created', 'updated', 'unchanged']);
    expect(updated).toMatchObject({ dealId: created?.dealId, matchedBy: 'phone' });
    expect(events.filter((event) => event.kind === 'TagCreated')).toHaveLength(1);
    expect(await dealsOf(workspace)).toMatchObject([{ value: '10' }]);
  });

  it('a record that knows a contact only by what one before it said finds the deal that it has elsewhere', async () => {
    const workspace = await rig.workspace();
    const elsewhere = { originId: supportId, person: { emails: ['marina@example.com'] } };
    const [there] = outcomes(await rig.apply([record(workspace, elsewhere)]));
    const [, found] = outcomes(
      await rig.apply([
        record(workspace, marina),
        record(workspace, {
          originId: supportId,
          mode: 'update',
          person: { phones: [phone(1)] },
          item: { value: '5' },
        }),
      ]),
    );
    expect(found).toMatchObject({ outcome: 'updated', dealId: there?.dealId, matchedBy: 'phone' });
  });

  it('a record is matched with what lies in the database', async () => {
    const workspace = await rig.workspace();
    const [first] = outcomes(await rig.apply([record(workspace, marina)]));
    const [second] = outcomes(await rig.apply([record(workspace, { person: { phones: [phone(1)] } })]));
    expect(second).toMatchObject({ outcome: 'unchanged', dealId: first?.dealId, matchedBy: 'phone' });
  });

  it('each record of a batch that closes a deal leaves the next open one to the next record', async () => {
    const workspace = await rig.workspace();
    await rig.apply(Array.from({ length: 4 }, () => record(workspace, { ...marina, mode: 'create' })));
    const before = await dealsOf(workspace);
    const winning = () => record(workspace, { ...marina, item: { status: 'WON' } });
    const won = outcomes(await rig.apply([winning(), winning(), winning()]));
    expect(won.map((outcome) => outcome.dealId)).toEqual(
      before
        .slice(1)
        .map((deal) => deal.id)
        .reverse(),
    );
    expect((await dealsOf(workspace)).map((deal) => deal.status)).toEqual(['OPEN', 'WON', 'WON', 'WON']);
  });

  it('two contacts stay two where e-mail and phone point at both', async () => {
    const workspace = await rig.workspace();
    const byEmail = { person: { emails: ['marina@example.com'] }, originId: supportId };
    await rig.apply([record(workspace, byEmail), record(workspace, { person: { phones: [phone(1)] } })]);
    const [outcome] = outcomes(await rig.apply([record(workspace, marina)]));
    expect(outcome).toMatchObject({ matchedBy: 'phone', conflict: { taken: outcome?.contactId } });
    const owners = await rig.database.query(
      'SELECT DISTINCT contact_id FROM contact_identities WHERE workspace_id = $1',
      [workspace],
    );
    expect(owners).toHaveLength(2);
  });

  it('two transactions at once on one workspace make one contact and one deal', async () => {
    const workspace = await rig.workspace();
    const batches = Array.from({ length: 6 }, () => rig.apply([record(workspace, marina)]));
    const applied = outcomes((await Promise.all(batches)).flat()).map((outcome) => outcome.outcome);
    expect(applied.sort()).toEqual(['created', ...Array.from({ length: 5 }, () => 'unchanged')]);
    expect(await dealsOf(workspace)).toHaveLength(1);
  });

  it('an origin or a workspace that is not there is an outcome', async () => {
    const [ours, theirs] = [await rig.workspace(), await rig.workspace()];
    const created = outcomes(await rig.apply([record(ours, marina)]))[0];
    const events = await rig.apply([
      record(ours, { ...marina, originId: id(999) }),
      record(randomUUID(), marina),
      record(theirs, { ...marina, mode: 'update' }),
    ]);
    expect(outcomes(events).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['rejected', 'unknown_origin'],
      ['rejected', 'unknown_workspace'],
      ['ignored', 'no_match'],
    ]);
    expect(created?.outcome).toBe('created');
    expect(await dealsOf(theirs)).toEqual([]);
  });

  it('each item of a payload has its own outcome, decided on what the ones before it left', async () => {
    const workspace = await rig.workspace();
    const inbound: InboundReceivedV1 = {
      ...inboundOf({}, randomUUID()),
      items: [0, 1, 2].map((index) => itemOf({ index })),
      person: {
        items: [{ emails: ['a@example.com'] }, { name: 'Ninguém' }, { emails: ['A@example.com'] }].map(inboundPersonOf),
      },
    };
    const applied = outcomes(await rig.apply([received(workspace, inbound)]));
    expect(applied.map(({ item, items, outcome }) => [item, items, outcome])).toEqual([
      [0, 3, 'created'],
      [1, 3, 'rejected'],
      [2, 3, 'unchanged'],
    ]);
  });

  it('a payload whose events would not fit the log fails alone, and its neighbours are applied', async () => {
    const workspace = await rig.workspace();
    const huge = { nota: 'x'.repeat(1_000_000) };
    const events = await rig.apply([
      record(workspace, { person: { emails: ['a@example.com'] } }),
      record(workspace, { person: { emails: ['b@example.com'] }, item: { customFields: huge } }),
      record(workspace, { person: { emails: ['b@example.com'] } }),
    ]);
    expect(outcomes(events).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['created', null],
      ['failed', 'too_large'],
      ['created', null],
    ]);
  });

  it('a payload without items still gets its outcome', async () => {
    const workspace = await rig.workspace();
    const empty = { ...inboundOf({}, randomUUID()), items: [], person: { items: [] } };
    expect(outcomes(await rig.apply([received(workspace, empty)]))).toMatchObject([
      { item: 0, items: 1, outcome: 'ignored', reason: 'no_items' },
    ]);
  });
});

describe('appends that are held', () => {
  it('are what fails, and never a record', async () => {
    const workspace = await rig.workspace();
    const held = rig.database.transaction(async (sql) => {
      // Another process found it out, and this one has not heard of it yet.
      await sql.query("UPDATE event_log_checks SET state = 'halted'");
      await rig.applyIn(sql, [record(workspace, marina)]);
    });
    const error: unknown = await held.catch((failure: unknown) => failure);
    expect(isAppendsHeld(error)).toBe(true);
    expect(await dealsOf(workspace)).toEqual([]);
  });
});

describe('a failure of the surroundings', () => {
  it('in any statement is what the transaction fails with, so that no record is blamed', async () => {
    const workspace = await rig.workspace();
    await rig.database.query(`CREATE FUNCTION fail_for_a_while() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE 'deadlock detected' USING ERRCODE = '40P01'; END $$`);
    for (const table of ['workspaces', 'tags', 'contacts', 'deals', 'event_log']) {
      await rig.database.query(`CREATE TRIGGER failing BEFORE INSERT OR UPDATE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION fail_for_a_while()`);
      const failing = rig.apply([record(workspace, { ...marina, item: { dealTags: ['Nova'] } })]);
      const error: unknown = await failing.catch((failure: unknown) => failure);
      await rig.database.query(`DROP TRIGGER failing ON ${table}`);
      expect([table, isInfrastructureError(error)]).toEqual([table, true]);
    }
    await rig.database.query('DROP FUNCTION fail_for_a_while');
    expect(await dealsOf(workspace)).toEqual([]);
  });
});

describe('a deal of a partition without a head', () => {
  it('is refused, as nobody knows where its creation will lie', async () => {
    const workspace = await rig.workspace();
    const log = { partitionOf: () => partitions, sendAppend: () => undefined };
    const applied = rig.database.transaction((sql) =>
      applyRecords(sql, [record(workspace, marina)], { log, cache: rig.cache, maxRecordBytes: 900_000 }),
    );
    await expect(applied).rejects.toThrow('created_position');
    expect(await dealsOf(workspace)).toEqual([]);
  });
});

describe('statements', () => {
  it('a batch takes as many for 200 records as for one', async () => {
    const workspace = await rig.workspace();
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => record(workspace, { person: person(from + at), originId: salesId }));
    // All kinds of work in each: known contacts with deals, new ones, and a new tag.
    await rig.apply(batch(0, 100));
    const counts = [];
    for (const [records, tag] of [
      [[...batch(0, 1)], 'um'],
      [[...batch(0, 100), ...batch(1000, 100)], 'dois'],
    ] as const) {
      const database = counting(rig.database);
      const known = record(workspace, {
        person: { emails: ['p0@example.com', `${tag}@example.com`] },
        item: { dealTags: [tag] },
      });
      const fresh = record(workspace, { person: { emails: [`new-${tag}@example.com`] }, item: { value: '1' } });
      await rig.apply([...records, known, fresh], database);
      counts.push(database.statements);
    }
    expect(counts[1]).toBe(counts[0]);
    expect(counts[0]).toBeLessThanOrEqual(8);
  });

  it('read no more deals than the records can match, however many there are and whatever the statistics say', async () => {
    const workspace = await rig.workspace();
    const batch = (count: number) =>
      Array.from({ length: count }, (_, at) => record(workspace, { person: person(at) }));
    await rig.apply(batch(1000));
    // As they are while a table is new.
    await rig.database.query(`DELETE FROM pg_statistic WHERE starelid IN ('deals'::regclass, 'contacts'::regclass)`);
    await rig.database.query(
      `UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname LIKE 'deals%' OR relname LIKE 'contact%'`,
    );
    const read = await rig.database.transaction(async (sql) => {
      const rowsRead = async () => {
        const tables = await sql.query<{ table: string; rows: number }>(
          `SELECT relname AS table, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables
            WHERE relname IN ('deals', 'contacts', 'contact_identities') ORDER BY relname`,
        );
        return new Map(tables.map(({ table, rows }) => [table, rows]));
      };
      // What this connection did before and has not reported yet is counted too.
      const before = await rowsRead();
      await rig.applyIn(sql, batch(10));
      return [...(await rowsRead())].map(([table, rows]) => rows - (before.get(table) ?? 0));
    });
    expect(read).toHaveLength(3);
    for (const rows of read) expect(rows).toBeLessThanOrEqual(30);
  });
});

describe('projections', () => {
  it('what was written is read back as what the log says', async () => {
    const workspace = await rig.workspace();
    for (let round = 0; round < 3; round += 1) {
      await rig.apply([
        record(workspace, { ...marina, item: { value: `00${String(round)}.50`, customFields: { z: 'ç', a: '"\\' } } }),
        record(workspace, {
          person: { emails: [`outra${String(round)}@example.com`], phones: [phone(1)], utm: { source: 'ads' } },
        }),
        record(workspace, {
          ...marina,
          mode: 'create',
          item: { status: 'LOST', lostReason: 'Caro', stage: 'fechado', owner: 'ana@loja.example' },
        }),
      ]);
    }
    const replayed = new WorkingSet(workspace, null);
    for (const { event, time } of await rig.events(workspace)) replayed.evolve([event], time.toISOString());
    const stored = await rig.database.transaction(async (sql) => {
      const sought = [record(workspace, marina), record(workspace, { person: { emails: ['outra2@example.com'] } })];
      const loaded = await loadForInbound(sql, sought.map(readInbound), new CatalogueCache(rig.database));
      return loaded.get(workspace);
    });
    expect(stored?.catalogue).toEqual(replayed.catalogue);
    const contacts = [...replayed.changes.contacts];
    expect(contacts.map((contact) => stored?.contact(contact))).toEqual(
      contacts.map((contact) => replayed.contact(contact)),
    );
    const deals = await dealsOf(workspace);
    expect(deals.map((deal) => deal.id)).toEqual([...replayed.changes.deals]);
    const matched = deals.map((deal) => stored?.deal(dealId(deal.id))).flatMap((deal) => deal ?? []);
    expect(matched.length).toBeGreaterThan(1);
    expect(matched).toEqual(matched.map((deal) => replayed.deal(deal.id)));
  });
});
