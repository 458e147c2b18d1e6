import type { Group } from './scenario.js';
import { diskFull, smallFileSystem, whyNoFileSystem } from './scenarios/disk.js';
import { networks } from './scenarios/network.js';
import { badReceivers } from './scenarios/receivers.js';
import * as records from './scenarios/records.js';
import { failovers, restores } from './scenarios/restore.js';
import * as servers from './scenarios/servers.js';
import * as services from './scenarios/services.js';
import * as topics from './scenarios/topics.js';

/** What the dispatcher is told, so that a scenario sees a few tries and not only the first. */
function quickTries(schedule: string) {
  return { DELIVERY_TIMEOUT_MS: '5000', DELIVERY_RETRY_SCHEDULE: schedule };
}

export const underFaults = {
  // For minutes: longer than anything is away.
  dispatcher: quickTries(['1s,1s,2s,2s', ...Array<string>(40).fill('3s')].join(',')),
  niceness: 5,
};

/** The whole set: scenarios that need the same installation share one. */
export const groups: readonly Group[] = [
  {
    name: 'one of each',
    shape: { ...underFaults, postgres: 'one', links: false },
    scenarios: [
      services.undisturbed,
      ...services.kills,
      services.killOfAll,
      servers.killOfKafka,
      servers.kafkaStopped,
      servers.startWithoutKafka,
      servers.killOfPostgres,
      servers.postgresStopped,
      ...services.pauses,
      topics.groupOffsetsDeleted,
      records.poisonRecord,
      records.newerVersion,
      records.foreignRecord,
      servers.mixed,
    ],
  },
  {
    name: 'through links',
    shape: { ...underFaults, postgres: 'one', links: true },
    scenarios: networks,
  },
  {
    name: 'bad receivers',
    // Tries for longer than they are bad, and no longer: what can't arrive is given up within the scenario.
    shape: { ...underFaults, postgres: 'one', links: false, dispatcher: quickTries('1s,1s,2s,2s,3s,3s,3s,3s,3s,3s') },
    receivers: 'badly',
    scenarios: [badReceivers],
  },
  {
    name: 'a small disk',
    shape: { ...underFaults, postgres: 'one', links: false, postgresFolder: smallFileSystem },
    cannotRun: whyNoFileSystem,
    scenarios: [diskFull],
  },
  {
    name: 'topics made anew',
    shape: { ...underFaults, postgres: 'one', links: false },
    scenarios: [topics.topicRecreated('ingress'), topics.topicRecreated('deals')],
  },
  {
    name: 'two of each',
    // Judged is who takes over, not how much six services, their servers and the load find room for on two cores.
    rate: 0.5,
    shape: { ...underFaults, postgres: 'one', links: false, instances: { ingress: 2, deals: 2, dispatcher: 2 } },
    balanced: true,
    scenarios: [...services.killsOfOneOfTwo, services.rollingRestart, ...services.pausesOfOneOfTwo],
  },
  {
    name: 'a Postgres for each',
    shape: { ...underFaults, postgres: 'each', links: false },
    scenarios: [...servers.killsOfOnePostgres, ...restores, ...failovers],
  },
];
