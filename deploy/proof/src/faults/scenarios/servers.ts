import { SERVICES } from '@ponte/local';
import type { Finding } from '../../audit/findings.js';
import { killAndStart, seconds, stopForAWhile } from '../actions.js';
import { waitUntil } from '../operator.js';
import type { Measured, Scenario, Scene } from '../scenario.js';

const AWAY_SECONDS = 60;
/** Some senders give up after five seconds. */
const QUICK_MS = 5_000;

export const killOfKafka: Scenario = {
  name: 'kill -9 of Kafka',
  inject: async (scene) => {
    await scene.until(0.3);
    await killAndStart(scene, [scene.rig.process('kafka')]);
  },
};

/** Hooks go on accepting; the rest catches up when it is back. */
export const kafkaStopped: Scenario = {
  name: `Kafka stopped for ${String(AWAY_SECONDS)} s`,
  inject: async (scene) => {
    await scene.until(0.25);
    await stopForAWhile(scene, [scene.rig.process('kafka')], AWAY_SECONDS);
  },
  judge: noneRefused,
};

/** Hooks need no Kafka. */
function noneRefused({ tally }: Measured): readonly Finding[] {
  return Object.keys(tally.posts)
    .filter((status) => status !== '200')
    .map((status) => wrongly(`hooks answered ${status} though only Kafka was away`));
}

/** Payloads are accepted and held until log and topic could be compared. */
export const startWithoutKafka: Scenario = {
  name: 'a start with Kafka away',
  before: (scene) =>
    scene.disturb('all services and Kafka stopped; the services started without Kafka', async () => {
      const services = SERVICES.flatMap((service) => scene.rig.instancesOf(service));
      await Promise.all(services.map((one) => one.stop()));
      await scene.rig.process('kafka').stop();
      await Promise.all(services.map((one) => one.launch()));
      scene.expectTrue(await waitUntil(() => hooksReady(scene)), 'the hooks are not ready without Kafka');
    }),
  inject: async (scene) => {
    await scene.disturb('Kafka away until the load is half over', () => scene.until(0.5));
    await scene.disturb('Kafka started', () => scene.rig.process('kafka').start());
  },
  judge: noneRefused,
};

async function hooksReady({ rig }: Scene): Promise<boolean> {
  const answers = await Promise.all(rig.hookBases.map((base) => fetch(`${base}/health/ready`)));
  return answers.every(({ ok }) => ok);
}

export const killOfPostgres: Scenario = {
  name: 'kill -9 of Postgres',
  inject: async (scene) => {
    await scene.until(0.3);
    await killAndStart(scene, scene.rig.postgresServers());
  },
};

/** Nothing can be made durable: senders hear so quickly, and when to come again. */
export const postgresStopped: Scenario = {
  name: `Postgres stopped for ${String(AWAY_SECONDS)} s`,
  inject: async (scene) => {
    await scene.until(0.25);
    await stopForAWhile(scene, scene.rig.postgresServers(), AWAY_SECONDS);
  },
  judge: quickRefusals,
};

/** One service's database alone; the others go on. */
const killOfOnePostgres = (service: string): Scenario => ({
  name: `kill -9 of the Postgres of ${service}`,
  inject: async (scene) => {
    await scene.until(0.3);
    await killAndStart(scene, [scene.rig.process(`postgres-${service}`)]);
  },
});

export const killsOfOnePostgres: readonly Scenario[] = SERVICES.map(killOfOnePostgres);

/** Everything in one go, each on the heels of the one before. */
export const mixed: Scenario = {
  name: 'a mixture of it all',
  stretch: 2,
  inject: async (scene) => {
    const { rig } = scene;
    await scene.until(0.1);
    await killAndStart(scene, rig.instancesOf('deals'));
    await killAndStart(scene, [rig.process('kafka')]);
    await killAndStart(scene, rig.instancesOf('ingress'));
    await scene.disturb('SIGSTOP of the dispatcher while Postgres is killed and comes back', async () => {
      for (const one of rig.instancesOf('dispatcher')) one.pause();
      await killAndStart(scene, rig.postgresServers());
      await seconds(8);
      for (const one of rig.instancesOf('dispatcher')) one.resume();
    });
    await scene.disturb('kill -9 of everything at once', async () => {
      const all = [rig.process('kafka'), ...rig.postgresServers()];
      const services = SERVICES.flatMap((service) => rig.instancesOf(service));
      await Promise.all([...all, ...services].map((one) => one.kill9()));
      await Promise.all(all.map((one) => one.start()));
      await Promise.all(services.map((one) => one.start()));
    });
  },
};

/** Every 503 came quickly and said when to come again. */
export function quickRefusals({ tally }: Measured): readonly Finding[] {
  const slowestMs = tally.slowestMs['503'] ?? 0;
  return [
    ...(tally.posts['503'] === undefined ? [wrongly('no post was answered 503')] : []),
    ...(tally.withoutRetryAfter > 0 ? [wrongly(`${String(tally.withoutRetryAfter)} 503s without Retry-After`)] : []),
    ...(slowestMs > QUICK_MS ? [wrongly(`a 503 took ${String(slowestMs)} ms`)] : []),
  ];
}

const wrongly = (what: string): Finding => ({ kind: 'answered_wrongly', ids: [what], traces: [] });
