import { SERVICES, type ServiceName } from '@ponte/local';
import { killAndStart, pauseForAWhile, restartInTurn } from '../actions.js';
import type { Scenario } from '../scenario.js';

/** What the others are measured against. */
export const undisturbed: Scenario = { name: 'nothing happens', inject: () => Promise.resolve() };

/** Twice under load, all its instances at once, each time started again at once. */
const killOf = (service: ServiceName): Scenario => ({
  name: `kill -9 of ${service}`,
  inject: async (scene) => {
    for (const share of [0.25, 0.6]) {
      await scene.until(share);
      await killAndStart(scene, scene.rig.instancesOf(service));
    }
  },
});

export const kills: readonly Scenario[] = SERVICES.map(killOf);

export const killOfAll: Scenario = {
  name: 'kill -9 of all services at once',
  inject: async (scene) => {
    for (const share of [0.25, 0.6]) {
      await scene.until(share);
      await killAndStart(
        scene,
        SERVICES.flatMap((service) => scene.rig.instancesOf(service)),
      );
    }
  },
};

/** The other instance goes on alone, and takes over what the killed one held. */
const killOneOfTwo = (service: ServiceName): Scenario => ({
  name: `kill -9 of one of two of ${service}`,
  refusesNothing: true,
  inject: async (scene) => {
    const [first, second] = scene.rig.instancesOf(service);
    for (const [share, one] of [
      [0.2, first],
      [0.6, second],
    ] as const) {
      await scene.until(share);
      if (one !== undefined) await killAndStart(scene, [one]);
    }
  },
});

export const killsOfOneOfTwo: readonly Scenario[] = SERVICES.map(killOneOfTwo);

/** As an upgrade does it: no request is refused that could be served. */
export const rollingRestart: Scenario = {
  name: 'rolling restart of every service',
  stretch: 2,
  refusesNothing: true,
  inject: async (scene) => {
    await scene.until(0.1);
    for (const service of SERVICES) await restartInTurn(scene, scene.rig.instancesOf(service));
  },
};

const PAUSED_SECONDS = 45;

/** Longer than every lease and session: what wakes up must not go on as if nothing had been. */
const pauseOf = (service: ServiceName): Scenario => ({
  name: `SIGSTOP of ${service} for ${String(PAUSED_SECONDS)} s`,
  inject: async (scene) => {
    await scene.until(0.2);
    await pauseForAWhile(scene, scene.rig.instancesOf(service), PAUSED_SECONDS);
  },
});

export const pauses: readonly Scenario[] = SERVICES.map(pauseOf);

/** The other instance has long taken over when it wakes up. */
const pauseOneOfTwo = (service: ServiceName): Scenario => ({
  name: `SIGSTOP of one of two of ${service} for ${String(PAUSED_SECONDS)} s`,
  inject: async (scene) => {
    await scene.until(0.2);
    await pauseForAWhile(scene, scene.rig.instancesOf(service).slice(0, 1), PAUSED_SECONDS);
  },
});

export const pausesOfOneOfTwo: readonly Scenario[] = SERVICES.map(pauseOneOfTwo);
