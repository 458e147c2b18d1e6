import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboundOf, type Payload } from '../testing/inbound.spec-support.js';
import { received, Rig } from '../testing/rig.spec-support.js';
import { CatalogueCache } from './catalogue-cache.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.open();
});
afterAll(async () => {
  await rig.close();
});

const record = (workspace: string, payload: Payload) => received(workspace, inboundOf(payload, randomUUID()));
const marina: Payload = { person: { emails: ['marina@example.com'] } };

describe('a cached catalogue', () => {
  it('is not used once another instance has changed it', async () => {
    const workspace = await rig.workspace();
    await rig.apply([record(workspace, { ...marina, item: { dealTags: ['Um'] } })]);
    const elsewhere = new CatalogueCache(rig.database);
    const more = (label: string) => [record(workspace, { ...marina, item: { dealTags: [label] } })];
    expect((await rig.apply(more('Dois'), rig.database, elsewhere)).map((event) => event.kind)).toContain('TagCreated');
    expect((await rig.apply(more('dois'))).map((event) => event.kind)).toEqual(['InboundApplied']);
  });

  it('of a transaction that was rolled back is forgotten', async () => {
    const workspace = await rig.workspace();
    await rig.apply([record(workspace, marina)]);
    const tagging = () => [record(workspace, { ...marina, item: { dealTags: ['Novo'] } })];
    const failing = rig.database.transaction(async (sql) => {
      await rig.applyIn(sql, tagging());
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect((await rig.apply(tagging())).map((event) => event.kind)).toEqual([
      ...['TagCreated', 'DealTagged', 'InboundApplied'],
    ]);
  });

  it('is read anew after a connection broke, as its version may name another state then', async () => {
    const workspace = await rig.workspace();
    const tagging = (label: string) => [record(workspace, { ...marina, item: { dealTags: [label] } })];
    const failing = rig.database.transaction(async (sql) => {
      await rig.applyIn(sql, tagging('Um'));
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    // As after a crash before that version reached the disk; what comes then is another instance's.
    await rig.database.query("SELECT setval('catalogue_versions', last_value - 1) FROM catalogue_versions");
    await expect(rig.database.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
    await rig.log.gate.whenOpen(AbortSignal.timeout(20_000));
    await rig.apply(tagging('Dois'), rig.database, new CatalogueCache(rig.database));
    expect((await rig.apply(tagging('dois'))).map((event) => event.kind)).toEqual(['InboundApplied']);
  });
});
