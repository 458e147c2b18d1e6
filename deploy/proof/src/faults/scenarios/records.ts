import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '@ponte/local';
import { Client } from 'pg';
import { writePrograms } from '../../world/rig.js';
import { restartInTurn } from '../actions.js';
import { operatorOf, waitUntil, type Operator } from '../operator.js';
import { FOREIGN_HEADER, type Scenario, type Scene } from '../scenario.js';

const TOPIC = 'ponte.inbound.v1';
const CONSUMER = 'deals.inbound';

/** A record that can't be applied: it is set aside with its outcome, and what follows goes on. */
export const poisonRecord: Scenario = {
  name: 'a poison record',
  inject: async (scene) => {
    await scene.until(0.4);
    const requestId = randomUUID();
    await appendByHand(scene, 'ponte.InboundReceived.v1', () => ({ requestId, items: 'none of this can be read' }));
    const operator = await operatorOf(scene.rig, scene.world);
    const letters = async (): Promise<{ id: number; reason: string }[]> => {
      const { items } = await operator.get('deals', 'dead-letters');
      return Array.isArray(items) ? items : [];
    };
    scene.expectTrue(await waitUntil(async () => (await letters()).length > 0), 'no dead letter tells of the poison');
    for (const { id } of await letters()) {
      await operator.post('deals', `dead-letters/${String(id)}/dismiss`, { reason: 'planted by the fault ledger' });
    }
  },
};

/** Something that is no record of a log: its partition stops, and says so, until somebody accepts it by name. */
export const foreignRecord: Scenario = {
  name: 'something put into a topic by hand',
  inject: async (scene) => {
    await scene.until(0.3);
    const partition = await partitionInUse(scene);
    const sender = await scene.rig.kafka.connectSender();
    await sender.send(TOPIC, [{ partition, key: 'nobody', headers: { [FOREIGN_HEADER]: 'yes' }, value: 'hello?' }]);
    await sender.close();
    scene.say(`a foreign record lies in partition ${String(partition)}`);
    const operator = await operatorOf(scene.rig, scene.world);
    await goOn(scene, operator, 'accept', { reason: 'planted by the fault ledger' });
  },
};

/** A new version of an event comes before the program that reads it: the partition waits for the upgrade. */
export const newerVersion: Scenario = {
  name: 'a rolling upgrade with a new event version',
  stretch: 1.5,
  inject: async (scene) => {
    await scene.until(0.2);
    const requestId = randomUUID();
    // A payload of its own: with the delivery of the one it is copied from it would be that one again.
    const asNew = (data: object) => ({ ...data, requestId, delivery: undefined });
    await appendByHand(scene, 'ponte.InboundReceived.v2', asNew);
    const operator = await operatorOf(scene.rig, scene.world);
    const stops = await operator.waitForStops('deals');
    scene.expectTrue(stops.length === 1, `${String(stops.length)} partitions stopped at an unknown version, not one`);
    scene.say(`stopped: ${stops.map(({ partition, status }) => `${String(partition)} as ${status}`).join(', ')}`);
    writePrograms(scene.rig.folder, { deals: KNOWS_VERSION_2 });
    await restartInTurn(scene, scene.rig.instancesOf('deals'));
    await goOn(scene, operator, 'resume', {});
    const outcome = () => scene.observer.read().then(() => isApplied(scene, requestId));
    scene.expectTrue(await waitUntil(outcome), 'the record of the new version has no outcome');
    writePrograms(scene.rig.folder);
  },
};

/** The next version reads what the first one does: enough to tell a program that knows it from one that does not. */
const KNOWS_VERSION_2 = `
const { events } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'libs/contracts/dist/registry.js')).href)});
const first = events.find((event) => event.type === 'ponte.InboundReceived.v1');
events.push({ ...first, version: 2, type: 'ponte.InboundReceived.v2' });
`;

const isApplied = ({ observer }: Scene, requestId: string) =>
  observer.topics.deals.records.some(
    ({ name, data }) => name === 'InboundApplied' && JSON.stringify(data).includes(requestId),
  );

/** Lets every stopped partition of deals go on. */
async function goOn(scene: Scene, operator: Operator, how: 'accept' | 'resume', body: object): Promise<void> {
  const stops = await operator.waitForStops('deals');
  scene.expectTrue(stops.length > 0, 'no partition stopped');
  for (const { partition, status } of stops) {
    scene.say(`partition ${String(partition)} had stopped as ${status}; the operator says: ${how}`);
    await operator.post('deals', `consumers/${CONSUMER}/partitions/${String(partition)}/${how}`, body);
  }
}

/** Appends to the log of ingress as ingress does, in the place of a later or a broken program. */
async function appendByHand(
  scene: Scene,
  type: string,
  change: (data: Record<string, unknown>) => object,
): Promise<void> {
  await withIngress(scene, async (client) => {
    const { rows } = await client.query<{ partition: number; workspace_id: string; subject: string; data: string }>(
      'SELECT partition, workspace_id, subject, data FROM event_log ORDER BY time DESC LIMIT 1',
    );
    const [last] = rows;
    if (last === undefined) throw new Error('The log of ingress is empty.');
    const id = randomUUID();
    const data = JSON.stringify(change(JSON.parse(last.data)));
    await client.query(APPEND, [last.partition, id, type, last.subject, last.workspace_id, new Date(), data]);
    scene.say(`${type} appended to partition ${String(last.partition)} by hand: ${id}`);
  });
}

const APPEND = `
  SELECT * FROM event_log_append(ARRAY[$1::int], ARRAY[$2::uuid], ARRAY[$3], ARRAY[$4], ARRAY[$5], ARRAY[$6::timestamptz],
                                 ARRAY[$2::text], ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[0], ARRAY[$7])`;

async function partitionInUse(scene: Scene): Promise<number> {
  return withIngress(scene, async (client) => {
    const { rows } = await client.query<{ partition: number }>(
      'SELECT partition FROM event_log_heads ORDER BY position DESC LIMIT 1',
    );
    return rows[0]?.partition ?? 0;
  });
}

async function withIngress<Result>({ rig }: Scene, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: rig.databaseUrls.ingress });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
