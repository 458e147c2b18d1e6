import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@ponte/native-servers';
import { ROOT } from './root.js';

/** Kafka and Postgres of docker-compose.yml, reachable from this machine. */
export interface ComposeServers {
  brokers: string;
  /** Superuser's URL. */
  postgresUrl: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const PUBLISH = fileURLToPath(new URL('../compose.publish.yml', import.meta.url));

/**
 * `docker compose up --wait kafka postgres`, for a machine without Java. The volumes stay.
 *
 * @param project keeps one stack's containers and volumes apart from another's
 */
export async function startComposeServers(
  project: string,
  services: readonly ('kafka' | 'postgres')[],
  password: string,
  throwAway: boolean,
): Promise<ComposeServers> {
  const kafkaPort = await freePort();
  const postgresPort = await freePort();
  const compose = (...args: string[]): Promise<unknown> =>
    run('docker', ['compose', '-p', project, '-f', `${ROOT}docker-compose.yml`, '-f', PUBLISH, ...args], {
      cwd: ROOT,
      maxBuffer: 16 * 1024 * 1024,
      env: {
        ...process.env,
        POSTGRES_PASSWORD: password,
        KAFKA_PORT: String(kafkaPort),
        POSTGRES_PORT: String(postgresPort),
      },
    });
  await compose('up', '--detach', '--wait', ...services);
  return {
    brokers: `localhost:${String(kafkaPort)}`,
    postgresUrl: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(postgresPort)}/postgres`,
    stop: async () => {
      await compose(...(throwAway ? ['down', '--volumes'] : ['stop']));
    },
  };
}
