import { SERVICES, type ServiceName } from '@ponte/local';
import type { LinkState } from '../../network/link.js';
import type { ServerName } from '../../world/rig.js';
import { seconds } from '../actions.js';
import type { Scenario, Scene } from '../scenario.js';

const BROKEN_SECONDS = 8;

/** Slow for everybody at once, for most of the load. */
const slow = (server: ServerName, latencyMs: number): Scenario => ({
  name: `a slow network to ${server}: ${String(latencyMs)} ms, 1 MB/s`,
  inject: async (scene) => {
    await scene.until(0.15);
    await scene.disturb(`every way to ${server} is slow`, async () => {
      for (const service of SERVICES) {
        scene.rig.link(service, server).set({ kind: 'slow', latencyMs, bytesPerSecond: 1_000_000 });
      }
      await scene.until(0.9);
      for (const service of SERVICES) scene.rig.link(service, server).set({ kind: 'up' });
    });
  },
});

/** One service after the other, each for a while. */
const broken = (server: ServerName, what: string, state: LinkState): Scenario => ({
  name: `a ${what} between each service and ${server}`,
  inject: async (scene) => {
    await scene.until(0.1);
    for (const service of SERVICES) await breakLink(scene, service, server, what, state);
  },
});

function breakLink(
  scene: Scene,
  service: ServiceName,
  server: ServerName,
  what: string,
  state: LinkState,
): Promise<void> {
  return scene.disturb(`${what} between ${service} and ${server} for ${String(BROKEN_SECONDS)} s`, async () => {
    const link = scene.rig.link(service, server);
    link.set(state);
    await seconds(BROKEN_SECONDS);
    link.set({ kind: 'up' });
  });
}

export const networks: readonly Scenario[] = [
  slow('kafka', 100),
  slow('postgres', 20),
  broken('kafka', 'cut network', { kind: 'cut' }),
  broken('postgres', 'cut network', { kind: 'cut' }),
  broken('kafka', 'black hole', { kind: 'black_hole' }),
  broken('postgres', 'black hole', { kind: 'black_hole' }),
];
