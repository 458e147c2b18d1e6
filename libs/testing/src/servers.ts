import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findJava, NativeServerError, startKafka, startPostgres } from '@ponte/native-servers';
import type { StartedServers, TestServers } from './started-servers.js';

export interface StartOptions {
  /** Holds the servers' data; absent: a temporary folder that `stop()` removes. */
  dataDir?: string;
  log?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
}

/**
 * The servers named by KAFKA_BROKERS and DATABASE_URL. The test runs set both before any spec is loaded.
 *
 * @throws Error when one is missing, saying how to get them.
 */
export function testServers(env: NodeJS.ProcessEnv = process.env): TestServers {
  const found = serversFromEnv(env);
  if (found !== null) return found;
  throw new Error(
    'KAFKA_BROKERS and DATABASE_URL are not set. The test:int and test:e2e scripts start servers and set them; ' +
      'for anything else run `node libs/testing/dist/serve.js` and export the two lines that it prints.',
  );
}

/** The servers that the environment names, or null unless it names both. */
export function serversFromEnv(env: NodeJS.ProcessEnv): TestServers | null {
  const brokers = env['KAFKA_BROKERS'];
  const databaseUrl = env['DATABASE_URL'];
  if (!brokers || !databaseUrl) return null;
  return { brokers: brokers.split(',').map((broker) => broker.trim()), databaseUrl };
}

/**
 * Starts Kafka and Postgres for tests: natively where there is a Java, else in containers. PONTE_TEST_SERVERS
 * (`native` or `containers`) decides instead where it is set.
 *
 * @throws Error with one clear message when the machine has neither Java nor Docker.
 */
export async function startTestServers(options: StartOptions = {}): Promise<StartedServers> {
  const env = options.env ?? process.env;
  const log = options.log ?? (() => undefined);
  const kind = await chooseKind(env);
  if (kind === 'native') return startNative(options.dataDir, log);
  // Loaded only when used: Testcontainers takes longer to load than the native servers to start.
  const { startContainers } = await import('./containers.js');
  return startContainers(log);
}

async function chooseKind(env: NodeJS.ProcessEnv): Promise<'native' | 'containers'> {
  const wanted = env['PONTE_TEST_SERVERS'];
  if (wanted === 'native' || wanted === 'containers') return wanted;
  if (wanted) throw new Error(`PONTE_TEST_SERVERS is "${wanted}": it may be "native" or "containers".`);
  try {
    await findJava(env);
    return 'native';
  } catch (error) {
    if (!(error instanceof NativeServerError) || error.code !== 'no_java') throw error;
    if (await hasDocker(env)) return 'containers';
    throw new Error(
      `The tests need a real Kafka and Postgres. ${error.message} Or start Docker, or set KAFKA_BROKERS and DATABASE_URL.`,
      { cause: error },
    );
  }
}

async function hasDocker(env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await promisify(execFile)('docker', ['info'], { timeout: 10_000, env });
    return true;
  } catch {
    return false;
  }
}

async function startNative(dataDir: string | undefined, log: (line: string) => void): Promise<StartedServers> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'ponte-test-'));
  // A temporary folder is closed to others, and Postgres may have to run as another user than this one.
  if (dataDir === undefined) await chmod(folder, 0o711);
  const [kafka, postgres] = await Promise.allSettled([
    startKafka({ dataDir: join(folder, 'kafka'), log }),
    startPostgres({ dataDir: join(folder, 'postgres'), password: 'ponte-tests', log }),
  ]);
  const stop = async (): Promise<void> => {
    const running = [kafka, postgres].flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    await Promise.all(running.map((server) => server.stop()));
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
  };
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    await stop();
    throw [kafka, postgres].find((start) => start.status === 'rejected')?.reason;
  }
  return { kind: 'native', brokers: [kafka.value.brokers], databaseUrl: postgres.value.url, stop };
}

/** A prefix for the topics of one test file, so that files never meet in a topic. */
export function testTopicPrefix(): string {
  return `t${randomBytes(6).toString('hex')}.`;
}
