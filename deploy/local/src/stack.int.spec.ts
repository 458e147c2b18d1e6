import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePorts, type Plan } from './plan.js';
import { makeSecrets } from './secrets.js';
import { startStack, type Stack } from './stack.js';

/** A service in miniature: says what it was told, answers its health checks, drains on SIGTERM. */
const PROGRAM = `
const http = require('node:http');
const { PORT, HOOKS_PORT, DATABASE_URL, KAFKA_BROKERS } = process.env;
console.log(JSON.stringify({ level: 30, msg: process.argv[2], database: DATABASE_URL, brokers: KAFKA_BROKERS }));
if (process.argv[2] === 'workspace') {
  console.log(JSON.stringify({ id: 'w1', name: process.argv[process.argv.indexOf('--name') + 1] }));
}
if (process.argv[2] === 'serve') {
  for (const port of [PORT, HOOKS_PORT]) if (port) http.createServer((_, response) => response.end('{}')).listen(port, '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));
}`;

// Two whole starts of Kafka and Postgres.
jest.setTimeout(120_000);

let folder: string;
let plan: Plan;
let stack: Stack;
const said: string[] = [];
const say = (part: string, line: string): void => void said.push(`${part}: ${line}`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ponte-stack-'));
  chmodSync(folder, 0o711);
  const program = join(folder, 'service.cjs');
  writeFileSync(program, PROGRAM);
  plan = {
    stateDir: join(folder, 'state'),
    kafka: { kind: 'native' },
    postgres: { kind: 'native' },
    ports: await freePorts({ deals: 2 }),
    secrets: makeSecrets(),
    env: {},
    programs: { ingress: program, deals: program, dispatcher: program },
  };
  mkdirSync(plan.stateDir);
  stack = await startStack({ plan, say });
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function isUp(port: number | undefined): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${String(port)}/health/ready`)).ok;
  } catch {
    return false;
  }
}

describe('the stack', () => {
  it('runs every part, the servers first', () => {
    expect([...stack.processes.keys()]).toEqual(['kafka', 'postgres', 'ingress', 'deals', 'deals-2', 'dispatcher']);
  });

  it('lets a service connect to its own database and to no other', async () => {
    expect(await canConnect(stack.databaseUrls.deals)).toBe(true);
    const trespass = new URL(stack.databaseUrls.deals);
    for (const other of ['ingress', 'dispatcher', 'postgres']) {
      trespass.pathname = `/${other}`;
      expect(await canConnect(trespass.toString())).toBe(false);
    }
  });

  it('migrates before it serves, and tells each process its own database', () => {
    const log = readFileSync(join(plan.stateDir, 'logs', 'migrate-deals.log'), 'utf8');
    expect(log).toContain('"msg":"migrate"');
    expect(readFileSync(stack.process('deals').logFile, 'utf8')).toContain(stack.databaseUrls.deals);
    expect(said.indexOf('migrate-deals: done')).toBeLessThan(said.findIndex((line) => line.startsWith('deals: ready')));
  });

  it('kills and starts a process by its name, and the others stay', async () => {
    const [first, second] = plan.ports.deals;
    const before = stack.process('deals').pid;
    await stack.process('deals').kill9();
    expect([await isUp(first?.admin), await isUp(second?.admin)]).toEqual([false, true]);
    await stack.process('deals').start();
    expect(await isUp(first?.admin)).toBe(true);
    expect(stack.process('deals').pid).not.toBe(before);
  });

  it('brings Postgres back after kill -9 on the same address', async () => {
    await stack.process('postgres').kill9();
    expect(await canConnect(stack.databaseUrls.deals)).toBe(false);
    await stack.process('postgres').start();
    expect(await canConnect(stack.databaseUrls.deals)).toBe(true);
  });

  it('makes a workspace by the command of deals', async () => {
    const settings = { timeZone: 'America/Sao_Paulo', country: 'BR', currency: 'BRL' };
    expect(await stack.createWorkspace({ name: 'Acme', ...settings })).toEqual({ id: 'w1', name: 'Acme' });
  });

  it('refuses a second start on the same state while it runs', async () => {
    await expect(startStack({ plan, say })).rejects.toMatchObject({ code: 'directory_in_use' });
  });

  it('names a process that there is not, and those that there are', () => {
    expect(() => stack.process('nope')).toThrow(/kafka, postgres, ingress/);
  });

  it('says which port is taken and how to move it, before it starts anything', async () => {
    const ports = await freePorts();
    const taken = createServer().listen(ports.deals[0]?.admin, '127.0.0.1');
    const began = Date.now();
    try {
      const other = { ...plan, stateDir: join(folder, 'other'), ports };
      await expect(startStack({ plan: other, say })).rejects.toThrow(/the deals API\) is taken.*DEALS_PORT/);
      expect(Date.now() - began).toBeLessThan(2_000);
    } finally {
      taken.close();
    }
  });

  it('stops in the reverse order and frees its state', async () => {
    said.length = 0;
    await stack.stop();
    expect(said).toEqual(
      ['dispatcher', 'deals-2', 'deals', 'ingress', 'postgres', 'kafka'].map((name) => `${name}: stopped`),
    );
    stack = await startStack({ plan, say });
    expect(await canConnect(stack.databaseUrls.ingress)).toBe(true);
  });
});
