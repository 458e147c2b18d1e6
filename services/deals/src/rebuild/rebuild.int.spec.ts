import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideCatalogue, type CatalogueCommand } from '../catalogue/decide.js';
import { Commands } from '../commands/commands.js';
import { DealCommands } from '../deals/deal-commands.js';
import type { WorkspaceId } from '../ids.js';
import { id, inboundOf, ownerIds, phone, stages, tagIds, type Payload } from '../testing/inbound.spec-support.js';
import { counting, received, Rig } from '../testing/rig.spec-support.js';
import { IncompleteLog } from './chain.js';
import { projectedTables } from './projected-tables.js';
import { rebuild, ServiceRuns, type RebuildSource } from './rebuild.js';

let rig: Rig;
let workspace: WorkspaceId;
beforeAll(async () => {
  rig = await Rig.open();
  workspace = await liveThrough(rig);
});
afterAll(async () => {
  await rig.close();
});

const topic = (): RebuildSource => ({ kind: 'topic', kafka: rig.kafka, topic: 'ponte.deals.v1' });
const log: RebuildSource = { kind: 'log' };
const run = (source: RebuildSource, verify: boolean, batchRecords = 7) =>
  rebuild({ database: rig.database, source, verify, batchRecords });

/** Everything that changes a projection, in two workspaces, over several transactions. */
async function liveThrough(lived: Rig): Promise<WorkspaceId> {
  const [one, other] = [await lived.workspace(), await lived.workspace()];
  let requests = 0;
  const apply = (to: WorkspaceId, ...payloads: Payload[]) =>
    lived.apply(payloads.map((payload) => received(to, inboundOf(payload, id(1000 + (requests += 1))))));
  const ana = { name: 'Ana', emails: ['ana@example.com'], phones: [phone(1)], customFields: { z: 'ç', a: '"\\' } };
  for (const to of [one, other]) {
    await apply(
      to,
      { person: ana, item: { value: '0297.00', dealTags: ['Novo'], contactTags: ['vip'], stage: 'fechado' } },
      {
        person: { emails: ['bia@example.com'] },
        item: { status: 'LOST', lostReason: 'Caro', owner: 'ana@loja.example' },
      },
      { person: { name: 'Ninguém' } },
      { target: 'contact', originId: null, person: { phones: [phone(3)], utm: { source: 'ads' } } },
    );
    await apply(
      to,
      { person: { emails: ['nova@example.com'], phones: [phone(1)] }, item: { value: '297.50', stage: 'base' } },
      { mode: 'create', person: ana, item: { status: 'WON', title: 'Segundo' } },
      {
        mode: 'update',
        person: { emails: ['BIA@example.com'] },
        item: { status: 'OPEN', customFields: { plano: 'B' } },
      },
      { person: { ...ana, phones: [phone(2)] }, settings: { owner: { ownerId: ownerIds.bia, when: 'always' } } },
    );
  }
  const commands = new Commands(lived.database, lived.log, lived.cache);
  const asked = { workspaceId: one, idempotency: null };
  const catalogue: CatalogueCommand[] = [
    { kind: 'UpdateTag', id: tagIds.vip, change: { name: 'Muito VIP' } },
    { kind: 'UpdateStage', id: stages.closed, change: { order: 0 } },
    { kind: 'UpdateOwner', id: ownerIds.ana, change: { archived: true } },
    { kind: 'UpdateOriginGroup', id: id(2), change: { name: 'Outras' } },
  ];
  for (const command of catalogue) {
    await commands.run(asked, { decide: (set) => decideCatalogue(command, set.catalogue), answer: () => null });
  }
  const [deal] = await lived.database.query<{ id: string }>(
    `SELECT id FROM deals WHERE workspace_id = $1 AND status = 'OPEN' ORDER BY created_position LIMIT 1`,
    [one],
  );
  const deals = new DealCommands(commands);
  await deals.run(asked, deal?.id ?? '', { kind: 'Lose', lostReason: 'Sem tempo' });
  await deals.run(asked, deal?.id ?? '', { kind: 'Move', stageId: stages.talking });
  return one;
}

/** Every projected row, and the versions of the catalogues apart. */
async function tables(): Promise<Record<string, unknown[]>> {
  const rows = await Promise.all(
    projectedTables.map(async ({ name, key }) => [
      name,
      (await rig.database.query(`SELECT * FROM ${name} ORDER BY ${key.join(', ')}`)).map((row) => ({
        ...row,
        catalogue_version: null,
      })),
    ]),
  );
  return Object.fromEntries(rows) as Record<string, unknown[]>;
}

const versionOf = async (of: WorkspaceId) => {
  const [row] = await rig.database.query<{ catalogue_version: number }>(
    'SELECT catalogue_version FROM workspaces WHERE id = $1',
    [of],
  );
  return row?.catalogue_version ?? 0;
};

/** What is in the log is in the topic, too. */
async function relayed(): Promise<void> {
  while ((await rig.log.progress()).some((partition) => partition.relayed < partition.head)) await sleep(25);
}

describe('a comparison beside the running service', () => {
  it.each([
    ['the log', 1],
    ['the log', 7],
    ['the log', 4000],
    ['the topic', 1],
    ['the topic', 4000],
  ])('with what %s says, %i records at a time, finds no difference', async (source, batchRecords) => {
    const rebuilt = await run(source === 'the log' ? log : topic(), true, batchRecords);
    expect(rebuilt).toMatchObject({ differing: {}, first: [] });
    const [count] = await rig.database.query<{ count: number }>('SELECT count(*) FROM event_log');
    expect(rebuilt.events).toBe(count?.count);
  });

  it('names rows that were tampered with by ids and columns alone, and changes nothing', async () => {
    const [deal] = await rig.database.query<{ id: string; contact_id: string }>(
      'SELECT id, contact_id FROM deals WHERE workspace_id = $1 ORDER BY id LIMIT 1',
      [workspace],
    );
    const undo = 'SELECT id, status, value FROM deals WHERE workspace_id = $1 AND id = $2';
    const [before] = await rig.database.query<{ value: string | null }>(undo, [workspace, deal?.id]);
    await rig.database.query(
      `UPDATE deals SET value = coalesce(value, 0) + 1, title = 'Marina' WHERE workspace_id = $1 AND id = $2`,
      [workspace, deal?.id],
    );
    await rig.database.query(`DELETE FROM contact_identities WHERE workspace_id = $1 AND key = 'bia@example.com'`, [
      workspace,
    ]);
    const rebuilt = await run(log, true);
    expect(rebuilt.differing).toEqual({ contact_identities: 1, deals: 1 });
    expect(rebuilt.first).toMatchObject([
      { table: 'contact_identities', kind: 'missing', row: { workspace_id: workspace, kind: 'email' } },
      { table: 'deals', kind: 'other', row: { workspace_id: workspace, id: deal?.id }, columns: ['title', 'value'] },
    ]);
    expect(JSON.stringify(rebuilt.first)).not.toMatch(/bia@|Marina/);
    expect((await run(log, true)).differing).toEqual(rebuilt.differing);
    expect((await rig.database.query<{ value: string }>(undo, [workspace, deal?.id]))[0]?.value).not.toBe(
      before?.value,
    );
  });

  it('takes as many statements for a batch whatever the number of its records', async () => {
    const counts = [];
    for (const people of [1, 100]) {
      const payloads = Array.from({ length: people }, (_, at) => ({
        person: { emails: [`p${String(at)}@example.com`] },
      }));
      await rig.apply(payloads.map((payload, at) => received(workspace, inboundOf(payload, id(5000 + at)))));
      const database = counting(rig.database);
      await rebuild({ database, source: log, verify: true });
      counts.push(database.statements);
    }
    expect(counts[1]).toBe(counts[0]);
  });

  it('is refused where the log is not whole', async () => {
    // The relay must not meet what is out of its place.
    await relayed();
    await rig.database.query(
      'UPDATE event_log SET position = position + 1000000 WHERE (partition, position) IN (SELECT partition, position FROM event_log_heads)',
    );
    await expect(run(log, true)).rejects.toThrow(IncompleteLog);
    await rig.database.query('UPDATE event_log SET position = position - 1000000 WHERE position > 1000000');
  });
});

describe('a rebuild', () => {
  it('is refused while the service runs', async () => {
    await expect(run(log, false)).rejects.toThrow(ServiceRuns);
  });

  it('mends what differs, and leaves the rest as it is', async () => {
    await relayed();
    await rig.log.stop();
    await run(log, false);
    const sound = await tables();
    const version = await versionOf(workspace);
    await rig.database.query(`UPDATE stages SET name = 'Errada' WHERE workspace_id = $1 AND id = $2`, [
      workspace,
      stages.base,
    ]);
    await rig.database.query(`UPDATE contacts SET name = 'Errado' WHERE workspace_id = $1`, [workspace]);
    await rig.database.query(
      `INSERT INTO tags (workspace_id, id, name, archived) VALUES ($1, $2, 'Nunca foi', false)`,
      [workspace, id(77)],
    );
    expect((await run(topic(), false)).differing).toMatchObject({ stages: 1, tags: 1 });
    expect(await tables()).toEqual(sound);
    // What a service cached of the catalogue is not taken for what it is now.
    expect(await versionOf(workspace)).toBeGreaterThan(version);
    expect((await run(log, true)).first).toEqual([]);
  });

  it('brings everything back from nothing', async () => {
    const sound = await tables();
    await rig.database.query(`TRUNCATE ${projectedTables.map((table) => table.name).join(', ')}`);
    await run(log, false);
    expect(await tables()).toEqual(sound);
  });
});
