import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Problem } from '@ponte/service-kit';
import { decideCatalogue } from '../catalogue/decide.js';
import { entityId } from '../ids.js';
import { Rig } from '../testing/rig.spec-support.js';
import { Commands, type Asked } from './commands.js';

let rig: Rig;
let commands: Commands;
beforeAll(async () => {
  rig = await Rig.open();
  commands = new Commands(rig.database, rig.log, rig.cache);
});
afterAll(async () => {
  await rig.close();
});

const createTag = (asked: Asked, name: string) =>
  commands.run(asked, {
    decide: (set, id) => decideCatalogue({ kind: 'CreateTag', id: entityId(id, 'tag'), name }, set.catalogue),
    answer: (set, id) => set.catalogue.tags.get(entityId(id, 'tag')),
  });

describe('commands', () => {
  it('answer 503 with the reason while nothing may be appended, and change nothing', async () => {
    const workspaceId = await rig.workspace();
    await rig.database.query(`UPDATE event_log_checks SET state = 'halted', reason = 'the topic is ahead of the log'`);
    const refused = await createTag({ workspaceId, idempotency: null }, 'Novo').catch((error: unknown) => error);
    await rig.database.query(`UPDATE event_log_checks SET state = 'passed', reason = NULL`);
    expect(refused).toBeInstanceOf(Problem);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(String(refused)).toContain('the topic is ahead of the log');
    expect((await createTag({ workspaceId, idempotency: null }, 'Novo')).body).toMatchObject({ name: 'Novo' });
  });

  it('at once on one workspace are decided one after the other', async () => {
    const workspaceId = await rig.workspace();
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => createTag({ workspaceId, idempotency: null }, 'Novo')),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  it('and what arrives share one log: positions go on from each other', async () => {
    const workspaceId = await rig.workspace();
    const one = await createTag({ workspaceId, idempotency: null }, 'Um');
    const two = await createTag({ workspaceId, idempotency: null }, 'Dois');
    expect(two.position).toEqual({ ...one.position, position: one.position.position + 1 });
    expect((await rig.events(workspaceId)).at(-1)).toMatchObject({ position: two.position.position });
  });
});
