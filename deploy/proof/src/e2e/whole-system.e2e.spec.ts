import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { underFaults } from '../faults/groups.js';
import { prepareGround, type PreparedGround } from '../faults/run-group.js';
import { runScenario, type LoadOptions } from '../faults/run-scenario.js';
import type { Group } from '../faults/scenario.js';
import { killOfKafka, killOfPostgres } from '../faults/scenarios/servers.js';
import { kills, rollingRestart, undisturbed } from '../faults/scenarios/services.js';

const MINUTES = 60_000;
const load: LoadOptions = { seed: 3, perSecond: 15, seconds: 10 };
const silent = () => undefined;

const group: Group = {
  name: 'in short',
  shape: { ...underFaults, postgres: 'one', links: false, instances: { ingress: 2, deals: 2, dispatcher: 2 } },
  balanced: true,
  scenarios: [undisturbed, ...kills, killOfKafka, killOfPostgres, rollingRestart],
};

let ground: PreparedGround;

beforeAll(async () => {
  ground = await prepareGround(group, silent);
}, 3 * MINUTES);

afterAll(async () => {
  await ground.close(false);
}, MINUTES);

/** The fault ledger in short (`npm run faults` is the whole of it), at a low rate. */
describe('a whole Ponte under load', () => {
  it.each(group.scenarios.map((scenario, index) => [scenario.name, scenario, index] as const))(
    'loses, doubles and disorders nothing: %s',
    async (_name, scenario, index) => {
      const isLast = index === group.scenarios.length - 1;
      const result = await runScenario(scenario, ground, { ...load, seed: load.seed + index }, isLast, silent);
      expect(result.audit.findings).toEqual([]);
      expect(result.audit.acknowledged).toBe(load.perSecond * load.seconds);
      expect(result.audit.deliveries).toBeGreaterThan(load.perSecond * load.seconds * 0.3);
    },
    4 * MINUTES,
  );
});
