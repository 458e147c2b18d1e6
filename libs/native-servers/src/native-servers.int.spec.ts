import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  freePort,
  identify,
  isPortFree,
  NativeServerError,
  startKafka,
  startPostgres,
  stillRuns,
  type KafkaServer,
  type PostgresServer,
} from './index.js';
import { endProcess, waitUntilGone } from './processes.js';

// A broker that comes back after kill -9 waits for its old session to run out, on whatever cores are left.
jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ponte-native-'));
  chmodSync(folder, 0o711);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof NativeServerError ? error.code : String(error);
  }
}

describe('Postgres', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres({ dataDir: join(folder, 'postgres'), password: 'right' });
  });
  afterAll(() => postgres.stop());

  it('keeps what it acknowledged over kill -9, and comes back as another process on the same port', async () => {
    await sql(postgres.url, `create table kept as select 'yes' as is_kept`);
    const before = postgres.pid;
    await postgres.kill9();
    expect(postgres.isRunning()).toBe(false);
    await postgres.start();
    expect(postgres.pid).not.toBe(before);
    expect(await sql(postgres.url, 'select is_kept from kept')).toEqual([{ is_kept: 'yes' }]);
  });

  it('syncs to disk and takes about 200 connections', async () => {
    expect(await sql(postgres.url, `select current_setting('fsync') f, current_setting('max_connections') c`)).toEqual([
      { f: 'on', c: '200' },
    ]);
  });

  it('refuses a second start on the same directory, by name of the holder', async () => {
    const second = startPostgres({ dataDir: join(folder, 'postgres'), password: 'right' });
    await expect(second).rejects.toThrow(new RegExp(`process ${String(process.pid)}`));
    expect(await codeOf(second)).toBe('directory_in_use');
  });

  it('says that the password is another one', async () => {
    await postgres.stop();
    expect(await codeOf(startPostgres({ dataDir: join(folder, 'postgres'), password: 'wrong' }))).toBe(
      'wrong_password',
    );
    await postgres.start();
  });

  it('runs for root below a folder that no other user may enter', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const inside = await startPostgres({ dataDir: join(closed, 'postgres'), password: 'p' });
    await inside.stop();
    await inside.start();
    expect(await sql(inside.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await inside.stop();
  });

  it('starts over a postmaster.pid that names a process of somebody else', async () => {
    await postgres.kill9();
    const file = join(folder, 'postgres', 'pgdata', 'postmaster.pid');
    const [, ...rest] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [String(process.pid), ...rest].join('\n'));
    await postgres.start();
    expect(await sql(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka({ dataDir: join(folder, 'kafka') });
  });
  afterAll(() => kafka.stop());

  it('formats its storage once and keeps its identity over kill -9 and a clean restart', async () => {
    const identity = (): string | undefined =>
      /cluster\.id=(\S+)/.exec(readFileSync(join(folder, 'kafka', 'topics', 'meta.properties'), 'utf8'))?.[1];
    const first = identity();
    expect(first).toBeDefined();
    await kafka.kill9();
    expect(await isPortFree(kafka.port)).toBe(true);
    await kafka.start();
    await kafka.restart();
    expect(identity()).toBe(first);
    expect(await isPortFree(kafka.port)).toBe(false);
  });

  it('keeps the connections of a paused broker open, and answers them when it goes on', async () => {
    kafka.pause();
    const socket = connect(kafka.port, '127.0.0.1');
    await once(socket, 'connect');
    // The signal is delivered in its own time.
    while (!/\) [Tt] /.test(readFileSync(`/proc/${String(kafka.pid)}/stat`, 'utf8'))) await sleep(10);
    kafka.resume();
    expect(kafka.isRunning()).toBe(true);
    socket.destroy();
  });

  it('listens for others too, and sends them back the way they came', async () => {
    const [port, advertisedPort] = [await freePort(), await freePort()];
    const listeners = [{ name: 'PROXIED', port, advertisedPort }];
    const listening = await startKafka({ dataDir: join(folder, 'kafka-listeners'), listeners });
    const written = readFileSync(join(folder, 'kafka-listeners', 'server.properties'), 'utf8');
    expect(written).toContain(`PROXIED://127.0.0.1:${String(advertisedPort)}`);
    expect(await isPortFree(port)).toBe(false);
    await listening.stop();
  });

  it('refuses a second start on the same directory', async () => {
    expect(await codeOf(startKafka({ dataDir: join(folder, 'kafka') }))).toBe('directory_in_use');
  });

  it('says that a port is taken, and leaves the directory free', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    try {
      const dataDir = join(folder, 'kafka-taken');
      expect(await codeOf(startKafka({ dataDir, port }))).toBe('port_taken');
      expect(await codeOf(startKafka({ dataDir, port }))).toBe('port_taken');
    } finally {
      other.close();
    }
  });
});

describe('an owner that is killed', () => {
  /** Starts a Postgres in another process; answers that process and the server's. */
  async function ownerOf(dataDir: string): Promise<{ owner: number; server: number }> {
    const script = `
      const { startPostgres } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
      const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, password: 'p' });
      process.stdout.write(String(server.pid)); // console.log colours numbers where FORCE_COLOR is set
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const server = await new Promise<number>((resolve) => {
      owner.stdout.once('data', (chunk: Buffer) => {
        resolve(Number(chunk.toString()));
      });
    });
    expect(server).toBeGreaterThan(0);
    return { owner: owner.pid ?? 0, server };
  }

  it('takes its server along, and the next start goes on with the data', async () => {
    const dataDir = join(folder, 'orphan');
    const { owner, server } = await ownerOf(dataDir);
    const orphan = identify(server);
    process.kill(owner, 'SIGKILL');
    expect(orphan !== null && (await waitUntilGone(orphan, 15_000))).toBe(true);
    const next = await startPostgres({ dataDir, password: 'p' });
    await next.stop();
  });

  it('cannot make the next start share the data with a server that lingers', async () => {
    const dataDir = join(folder, 'lingering');
    const { owner, server } = await ownerOf(dataDir);
    const lingering = identify(server);
    const ownerIdentity = identify(owner);
    process.kill(owner, 'SIGKILL');
    if (ownerIdentity !== null) await waitUntilGone(ownerIdentity, 5_000);
    const next = await startPostgres({ dataDir, password: 'p' });
    expect(lingering !== null && stillRuns(lingering)).toBe(false);
    await next.stop();
    if (lingering !== null) await endProcess(lingering, 'SIGKILL', 1_000);
  });
});
