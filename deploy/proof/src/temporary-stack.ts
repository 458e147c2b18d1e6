import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKafka, type Kafka } from '@ponte/kafka';
import { freePorts, makeSecrets, startStack, type Say, type Stack } from '@ponte/local';

export interface TemporaryStack {
  readonly stack: Stack;
  readonly kafka: Kafka;
  /** Stops everything and removes its data; `keep` leaves data and logs where they are. */
  stop(keep?: boolean): Promise<void>;
}

/** A whole Ponte with a native Kafka and Postgres of its own, on free ports, in a folder that goes with it. */
export async function startTemporaryStack(say: Say): Promise<TemporaryStack> {
  const stateDir = mkdtempSync(join(tmpdir(), 'ponte-proof-'));
  const stack = await startStack({
    plan: {
      stateDir,
      kafka: { kind: 'native' },
      postgres: { kind: 'native' },
      ports: await freePorts(),
      secrets: makeSecrets(),
      env: {},
    },
    say,
  });
  const kafka = connectKafka({ brokers: stack.brokers.split(','), clientId: 'ponte-proof' });
  return {
    stack,
    kafka,
    stop: async (keep = false) => {
      await kafka.close();
      await stack.stop();
      if (keep) say('proof', `data and logs are kept in ${stateDir}`);
      else rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
