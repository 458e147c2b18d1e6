import { join } from 'node:path';
import { SERVICES, type ServiceName } from '@ponte/local';
import { restoreBackup, takeBackup } from '../../world/postgres-backup.js';
import { restartInTurn, seconds } from '../actions.js';
import { operatorOf, waitUntil, type Operator } from '../operator.js';
import type { Scenario, Scene } from '../scenario.js';

/** A backup that was taken under load takes the place of the data; the topic has what came after it. */
const restoreOf = (service: ServiceName): Scenario => ({
  name: `the database of ${service} restored from a backup`,
  quietMs: 60_000,
  inject: async (scene) => {
    const server = scene.rig.process(`postgres-${service}`);
    const dataDir = join(scene.rig.postgresFolder, server.name);
    await scene.until(0.4);
    scene.say(`a backup of ${server.name} is taken under load`);
    await takeBackup(dataDir, scene.rig.superuserUrl(server.name));
    await scene.loadDone;
    const operator = await operatorOf(scene.rig, scene.world);
    // What is in no topic yet no copy would hold, and rightly be lost.
    scene.expectTrue(await waitUntil(() => allRelayed(operator, service)), `${service} did not relay all of its log`);
    await seconds(2);
    await scene.disturb(`${server.name} goes back to its backup, and ${service} adopts`, async () => {
      await restoreBackup(server, dataDir);
      await adopt(scene, operator, service);
    });
    scene.observer.topics[service].beginAnew();
    scene.observer.logs[service].beginAnew();
  },
});

async function allRelayed(operator: Operator, service: ServiceName): Promise<boolean> {
  const { partitions } = await operator.get(service, 'log');
  return Array.isArray(partitions) && (partitions as { lag: number }[]).every(({ lag }) => lag === 0);
}

/** As the README says it: the gate is shut and says why; restart, adopt, and all is as before. */
async function adopt(scene: Scene, operator: Operator, service: ServiceName): Promise<void> {
  scene.expectTrue(await operator.waitForGate(service, 'halted'), `${service} did not see that it was restored`);
  await restartInTurn(scene, scene.rig.instancesOf(service));
  const { check } = await operator.get(service, 'log');
  scene.say(`${service} says: ${JSON.stringify(check).slice(0, 300)}`);
  const adopted = await operator.post(service, 'log/adopt', { reason: 'restored from a backup by the fault ledger' });
  scene.say(`adopted: ${JSON.stringify(adopted).slice(0, 300)}`);
  scene.expectTrue(await operator.waitForGate(service, 'open'), `${service} appends nothing although it adopted`);
}

export const restores: readonly Scenario[] = SERVICES.map(restoreOf);
