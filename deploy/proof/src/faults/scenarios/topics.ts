import { connectKafka, removeFromKafka } from '@ponte/kafka';
import { SERVICES, topology, type ServiceName } from '@ponte/local';
import { topicOf } from '../../audit/facts.js';
import { seconds } from '../actions.js';
import { operatorOf, waitUntil } from '../operator.js';
import type { Scenario, Scene } from '../scenario.js';

const GROUPS = ['deals.inbound', 'ingress.deals', 'dispatcher.deals'];
const followersOf: Readonly<Record<'ingress' | 'deals', readonly ServiceName[]>> = {
  ingress: ['deals'],
  deals: ['ingress', 'dispatcher'],
};

/** A group's offsets are advice; where a consumer is stands in its database. */
export const groupOffsetsDeleted: Scenario = {
  name: 'group offsets deleted',
  inject: async (scene) => {
    await scene.until(0.4);
    await scene.disturb('the services stopped, their groups deleted, the services started', async () => {
      const services = SERVICES.flatMap((service) => scene.rig.instancesOf(service));
      await Promise.all(services.map((one) => one.stop()));
      await removeFromKafka(clientOf(scene), { groups: GROUPS });
      await Promise.all(services.map((one) => one.start()));
    });
  },
};

/** The log has everything that the topic had: it is sent again, as the documented repair says. */
export const topicRecreated = (owner: 'ingress' | 'deals'): Scenario => ({
  name: `${topicOf[owner]} deleted and made anew`,
  quietMs: 60_000,
  inject: async (scene) => {
    await scene.until(0.5);
    await scene.disturb('the topic is deleted and made anew, empty', async () => {
      await removeFromKafka(clientOf(scene), { topics: [topicOf[owner]] });
      await seconds(2);
      await makeTopic(scene, topicOf[owner]);
    });
    await scene.loadDone;
    await scene.disturb('everything is sent again, and the stopped partitions go on', () => republishAll(scene, owner));
    // All that lies in the new topic is judged, and all of the log.
    scene.observer.topics[owner].beginAnew();
    scene.observer.logs[owner].beginAnew();
  },
});

function clientOf({ rig }: Scene) {
  return { brokers: [rig.brokers], clientId: 'ponte-proof' };
}

/** On a connection of its own: one that knew the topic asks for it by name, and hears of nothing else. */
async function makeTopic(scene: Scene, name: string): Promise<void> {
  const kafka = connectKafka(clientOf(scene));
  try {
    for (const part of topology(scene.rig.stack.plan)) {
      if (part.kind !== 'topics') continue;
      for (const topic of part.topics.filter((one) => one.name === name)) {
        const made = await waitUntil(() => kafka.ensureTopic(topic, 'create').then(() => true));
        if (!made) throw new Error(`${name} could not be made anew.`);
      }
    }
  } finally {
    await kafka.close();
  }
}

/** As the reason of the held gate says: republish, then resume stopped consumers at the offset that it answers. */
async function republishAll(scene: Scene, owner: 'ingress' | 'deals'): Promise<void> {
  const operator = await operatorOf(scene.rig, scene.world);
  scene.expectTrue(await operator.waitForGate(owner, 'halted'), `${owner} did not see that its topic was made anew`);
  const { partitions } = await operator.get(owner, 'log');
  const ends = new Map<number, number>();
  for (const { partition, head } of Array.isArray(partitions)
    ? (partitions as { partition: number; head: number }[])
    : []) {
    if (head === 0) continue;
    const { topicEndOffset } = await operator.post(owner, 'log/republish', { partition, fromPosition: 1 });
    ends.set(partition, Number(topicEndOffset));
  }
  scene.expectTrue(await operator.waitForGate(owner, 'open'), `${owner} appends nothing although all was sent again`);
  for (const service of followersOf[owner]) {
    for (const { consumer, partition, status } of await operator.consumers(service)) {
      if (status === 'running') continue;
      scene.say(`${consumer} ${String(partition)} had stopped as ${status}; it goes on`);
      await operator.post(service, `consumers/${consumer}/partitions/${String(partition)}/resume`, {
        offset: ends.get(partition) ?? 0,
      });
    }
  }
}
