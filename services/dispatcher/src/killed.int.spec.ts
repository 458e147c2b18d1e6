import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startReceiver, type Receiver } from '@ponte/testing';
import { eventually } from './deliveries/deliveries.spec-support.js';
import { DispatcherWorld } from './dispatcher.spec-support.js';

const DEALS = 20;
const PATIENCE_MS = 60_000;

let world: DispatcherWorld;
let child: ChildProcess | null = null;
beforeAll(async () => {
  world = await DispatcherWorld.open();
});
afterAll(async () => {
  await kill();
  await world.close();
});

async function kill(): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const count = (condition: string): Promise<number> =>
  world.inDatabase(async (database) => {
    const [row] = await database.query<{ count: number }>(`SELECT count(*) FROM deliveries WHERE ${condition}`);
    return row?.count ?? 0;
  });

/** Takes connections and reads nothing: whoever calls it has claimed, and nobody was called. */
async function startDeaf(): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, close };
}

/** Keeps results from being recorded until the end of `work`; what asked for it meanwhile is cut off. */
async function unrecorded(work: () => Promise<void>): Promise<void> {
  await world.inDatabase((database) =>
    database.transaction(async (sql) => {
      await sql.query('LOCK TABLE delivery_attempts IN EXCLUSIVE MODE');
      await work();
      await sql.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'ponte-dispatcher' AND pid <> pg_backend_pid()`,
      );
    }),
  );
}

/** Two events of each deal, all of one integration: each deal is a lane of two. @returns the id of the integration */
async function prepare(url: string): Promise<string> {
  await world.start();
  const origin = await world.origin();
  const integration = await world.integration(origin.id, url, {}, origin.waitFor);
  await world.stop();
  const deals = Array.from({ length: DEALS }, () => world.deal(origin.id));
  const titled = (title: string) => deals.map((deal) => world.dealCreated({ ...deal, title }));
  await world.say(...titled('first'), ...titled('second'));
  return integration;
}

const idOf = (call: { headers: Readonly<Record<string, string>> }): string => call.headers['webhook-id'] ?? '';

describe('a dispatcher that is killed', () => {
  it('between claim and call, and between call and record, loses nothing and repeats only under the same webhook-id', async () => {
    const deaf = await startDeaf();
    await prepare(`http://127.0.0.1:${String(deaf.port)}/hook`);

    child = world.spawn();
    await eventually(PATIENCE_MS, 'claimed', async () => (await count('claimed_by IS NOT NULL')) >= DEALS / 2);
    await kill();
    await deaf.close();
    expect(await count('attempts > 0')).toBe(0);

    const receiver: Receiver = await startReceiver({ port: deaf.port });
    await unrecorded(async () => {
      child = world.spawn();
      await eventually(PATIENCE_MS, 'called', () => receiver.total >= DEALS / 2);
      await kill();
    });
    const before = new Set(receiver.calls().map(idOf));
    expect(await count('attempts > 0')).toBe(0);

    child = world.spawn();
    await eventually(PATIENCE_MS, 'all ended', async () => (await count(`status = 'succeeded'`)) === 2 * DEALS);
    await kill();
    const rows = await world.inDatabase((database) =>
      database.query<{ id: string; dealId: string; body: string }>(
        'SELECT id, deal_id AS "dealId", body FROM deliveries ORDER BY deal_id, lane_seq',
      ),
    );
    const calls = receiver.calls();
    await receiver.close();
    const arrived = [...new Set(calls.map(idOf))];
    expect([...arrived].sort()).toEqual(rows.map((row) => row.id).sort());
    const repeated = arrived.filter((id) => calls.filter((call) => idOf(call) === id).length > 1);
    expect([...repeated].sort()).toEqual([...before].sort());
    const bodies = new Map(rows.map((row) => [row.id, row.body]));
    for (const call of calls) expect(call.body).toBe(bodies.get(idOf(call)));
    for (const deal of new Set(rows.map((row) => row.dealId))) {
      const lane = rows.filter((row) => row.dealId === deal).map((row) => row.id);
      expect(arrived.filter((id) => lane.includes(id))).toEqual(lane);
    }
  }, 240_000);
});
