import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stack } from '@ponte/local';
import { runScenario, type LoadOptions } from '../faults/run-scenario.js';
import { scenarios, type Scenario } from '../faults/scenarios.js';
import { startTemporaryStack, type TemporaryStack } from '../temporary-stack.js';

const MINUTES = 60_000;
const load: LoadOptions = { seed: 3, perSecond: 20, seconds: 12 };
const silent = () => undefined;

let temporary: TemporaryStack;

beforeAll(async () => {
  temporary = await startTemporaryStack(silent);
}, 2 * MINUTES);

afterAll(async () => {
  await temporary.stop();
}, MINUTES);

const undisturbed: Scenario = { name: 'nothing happens', inject: () => Promise.resolve() };

/** Hooks go on accepting while the broker is away; the rest catches up when it is back. */
const brokerAway: Scenario = {
  name: 'kill -9 of Kafka, back after 3 s',
  inject: async (stack: Stack) => {
    const kafka = stack.process('kafka');
    await kafka.kill9();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await kafka.start();
  },
};

describe('a whole Ponte under load', () => {
  it.each([undisturbed, ...scenarios, brokerAway].map((scenario) => [scenario.name, scenario] as const))(
    'loses, doubles and disorders nothing: %s',
    async (_name, scenario) => {
      const result = await runScenario(scenario, temporary.stack, temporary.kafka, load, silent);
      expect(result.audit.findings).toEqual([]);
      expect(result.unacknowledged).toBe(0);
      expect(result.audit.acknowledged).toBe(load.perSecond * load.seconds);
      expect(result.audit.deliveries).toBeGreaterThan(load.perSecond * load.seconds * 0.5);
    },
    4 * MINUTES,
  );
});
