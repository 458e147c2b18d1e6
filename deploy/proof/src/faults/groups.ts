import type { Group } from './scenario.js';
import * as servers from './scenarios/servers.js';
import * as services from './scenarios/services.js';

/** The whole set: scenarios that need the same installation share one. */
export const groups: readonly Group[] = [
  {
    name: 'one of each',
    shape: { postgres: 'one', links: false },
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
      servers.mixed,
    ],
  },
  {
    name: 'two of each',
    shape: { postgres: 'one', links: false, instances: { ingress: 2, deals: 2, dispatcher: 2 } },
    balanced: true,
    scenarios: [...services.killsOfOneOfTwo, services.rollingRestart, ...services.pausesOfOneOfTwo],
  },
  {
    name: 'a Postgres for each',
    shape: { postgres: 'each', links: false },
    scenarios: [...servers.killsOfOnePostgres],
  },
];
