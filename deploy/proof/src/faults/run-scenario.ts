import type { Stack } from '@ponte/local';
import type { Kafka } from '@ponte/kafka';
import { startReceiver } from '@ponte/testing';
import { v5 } from 'uuid';
import type { Audit } from '../audit/audit.js';
import { settleAndAudit } from '../audit/settle.js';
import { runOpenLoop } from '../load/send.js';
import { planLoad } from '../load/plan.js';
import { makeWorld } from '../world/world.js';
import type { Scenario } from './scenarios.js';

export interface LoadOptions {
  readonly seed: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly sent: number;
  /** Payloads that no try got a 200 for: not promised, and so not lost. */
  readonly unacknowledged: number;
  readonly sentAgain: number;
  readonly audit: Audit;
  /** From the last planned send until nothing was missing any more. */
  readonly caughtUpSeconds: number;
}

/** UUIDv5 of (integration, event), as the API documents it: computed here anew. */
const deliveryIdOf = (integrationId: string, eventId: string) => v5(eventId, integrationId);

/** Loads a world of its own, does the bad thing meanwhile, waits for quiet, and audits. */
export async function runScenario(
  scenario: Scenario,
  stack: Stack,
  kafka: Kafka,
  load: LoadOptions,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const receiver = await startReceiver({ maxCalls: 1_000_000 });
  try {
    const world = await makeWorld(stack, receiver, {
      workspaces: 3,
      mode: 'create_or_update',
      triggers: ['DealCreated', 'StatusChanged'],
    });
    const plan = planLoad({ ...load, targets: world.hookUrls.length, people: load.perSecond * 3 });
    say(
      `${String(plan.length)} payloads at ${String(load.perSecond)}/s over ${String(world.hookUrls.length)} workspaces`,
    );
    const lastDueMs = Date.now() + (plan.at(-1)?.dueMs ?? 0);
    const loading = runOpenLoop(plan, {
      urls: world.hookUrls,
      giveUpAfterMs: 60_000,
      onProgress: ({ sent, acknowledged }) => {
        say(`${String(acknowledged)} acknowledged of ${String(sent)} sent, ${String(receiver.total)} calls arrived`);
      },
    });
    const [sent] = await Promise.all([loading, scenario.inject(stack, say)]);
    const acknowledged = sent.flatMap((one) => (one.requestId === null ? [] : [one.requestId]));
    const { result, settledAtMs } = await settleAndAudit({
      kafka,
      receiver,
      acknowledged,
      outbound: world.outbound,
      deliveryIdOf,
      quietMs: 45_000,
      onProgress: say,
    });
    return {
      scenario: scenario.name,
      sent: sent.length,
      unacknowledged: sent.length - acknowledged.length,
      sentAgain: sent.filter((one) => one.tries > 1).length,
      audit: result,
      caughtUpSeconds: Math.max(0, (settledAtMs - lastDueMs) / 1000),
    };
  } finally {
    await receiver.close();
  }
}
