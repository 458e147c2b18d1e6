import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName, Stack } from '@ponte/local';

/** Something bad that is done to a running system while load is on it. */
export interface Scenario {
  readonly name: string;
  /** Does it, and resolves when everything runs again. `note` says what happens, with the time. */
  inject(stack: Stack, note: (what: string) => void): Promise<void>;
}

/** `kill -9` under load, twice, each time started again at once. */
function killOf(service: ServiceName): Scenario {
  return {
    name: `kill -9 of ${service}`,
    inject: async (stack, note) => {
      for (const afterMs of [5000, 4000]) {
        await sleep(afterMs);
        const process = stack.process(service);
        note(`kill -9 of ${service} (pid ${String(process.pid)})`);
        await process.kill9();
        const sinceMs = Date.now();
        await process.start();
        note(`${service} is ready again after ${((Date.now() - sinceMs) / 1000).toFixed(1)} s`);
      }
    },
  };
}

export const scenarios: readonly Scenario[] = [killOf('ingress'), killOf('deals'), killOf('dispatcher')];
