import { join } from 'node:path';
import { SERVICES, type Controlled, type ServiceName } from '@ponte/local';
import { restoreBackup, takeBackup } from '../../world/postgres-backup.js';
import { restartInTurn, seconds } from '../actions.js';
import { operatorOf, waitUntil, type Operator } from '../operator.js';
import type { Scenario, Scene } from '../scenario.js';

/** A backup that was taken under load takes the place of the data; the topic has what came after it. */
const restoreOf = (service: ServiceName): Scenario => ({
  name: `the database of ${service} restored from a backup`,
  quietMs: 60_000,
  inject: async (scene) => {
    await scene.until(0.4);
    const { server, dataDir } = postgresOf(scene, service);
    await backUp(scene, service);
    await scene.loadDone;
    const operator = await operatorOf(scene.rig, scene.world);
    // What is in no topic yet no copy would hold, and rightly be lost.
    scene.expectTrue(await waitUntil(() => allRelayed(operator, service)), `${service} did not relay all of its log`);
    await seconds(2);
    await scene.disturb(`${server.name} goes back to its backup, and ${service} adopts`, async () => {
      await restoreBackup(server, dataDir);
      await adopt(scene, operator, service);
    });
    judgeAllOf(scene, service);
  },
});

/** What takes over has not got the last seconds; senders go on, and are heard before anybody has seen it. */
const failoverOf = (service: ServiceName): Scenario => ({
  name: `a failover of the Postgres of ${service} that lost its tail`,
  quietMs: 60_000,
  // Everything of the load is the tail: most of it in the topic, the last of it perhaps in no copy.
  before: (scene) => backUp(scene, service),
  inject: async (scene) => {
    const { server, dataDir } = postgresOf(scene, service);
    const operator = await operatorOf(scene.rig, scene.world);
    await scene.until(0.4);
    await scene.disturb(`${server.name} goes back some seconds under load, and ${service} adopts`, async () => {
      await server.kill9();
      await restoreBackup(server, dataDir);
      const { partitions } = await adopt(scene, operator, service);
      scene.expectTrue(Array.isArray(partitions) && partitions.length > 0, `${service} took nothing back`);
      // Deals and the dispatcher do again what they had not told: nothing of theirs may be missing.
      if (service === 'ingress') scene.saidLost(await operator.losses(service));
    });
    await scene.loadDone;
    judgeAllOf(scene, service);
  },
});

function postgresOf({ rig }: Scene, service: ServiceName): { server: Controlled; dataDir: string } {
  const server = rig.process(`postgres-${service}`);
  return { server, dataDir: join(rig.postgresFolder, server.name) };
}

async function backUp(scene: Scene, service: ServiceName): Promise<void> {
  const { server, dataDir } = postgresOf(scene, service);
  scene.say(`a backup of ${server.name} is taken`);
  await takeBackup(dataDir, scene.rig.superuserUrl(server.name));
}

/** Its log is another one than before: all of it is judged from the first record on. */
function judgeAllOf({ observer }: Scene, service: ServiceName): void {
  observer.topics[service].beginAnew();
  observer.logs[service].beginAnew();
}

async function allRelayed(operator: Operator, service: ServiceName): Promise<boolean> {
  const { partitions } = await operator.get(service, 'log');
  return Array.isArray(partitions) && (partitions as { lag: number }[]).every(({ lag }) => lag === 0);
}

/** As the README says it: the gate is shut and says why; restart, adopt, and all is as before. */
async function adopt(scene: Scene, operator: Operator, service: ServiceName): Promise<Record<string, unknown>> {
  scene.expectTrue(await operator.waitForGate(service, 'halted'), `${service} did not see that it was restored`);
  await restartInTurn(scene, scene.rig.instancesOf(service));
  const { check } = await operator.get(service, 'log');
  scene.say(`${service} says: ${JSON.stringify(check).slice(0, 300)}`);
  const adopted = await operator.post(service, 'log/adopt', { reason: 'restored from a backup by the fault ledger' });
  scene.say(`adopted: ${JSON.stringify(adopted).slice(0, 300)}`);
  scene.expectTrue(await operator.waitForGate(service, 'open'), `${service} appends nothing although it adopted`);
  return adopted;
}

export const restores: readonly Scenario[] = SERVICES.map(restoreOf);
export const failovers: readonly Scenario[] = SERVICES.map(failoverOf);
