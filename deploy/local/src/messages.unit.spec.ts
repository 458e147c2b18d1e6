import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLogLine } from './log-tail.js';
import { portsFromEnv } from './plan.js';
import { loadSecrets, makeSecrets } from './secrets.js';
import { serviceEnv } from './service-env.js';
import { chooseSources, type Machine } from './sources.js';
import { topology } from './topology.js';

const machine = (java: boolean, docker: boolean): Machine => ({
  hasJava: () => Promise.resolve(java),
  hasDockerCompose: () => Promise.resolve(docker),
});
const given = {
  DATABASE_URL_INGRESS: 'postgres://i@host/i',
  DATABASE_URL_DEALS: 'postgres://d@host/d',
  DATABASE_URL_DISPATCHER: 'postgres://s@host/s',
};

describe('where Kafka and Postgres come from', () => {
  it('is what the environment names, first', async () => {
    const sources = await chooseSources({ KAFKA_BROKERS: 'k:9092', ...given }, machine(false, false));
    expect(sources.kafka).toEqual({ kind: 'given', brokers: 'k:9092' });
    expect(sources.postgres).toEqual({
      kind: 'given',
      urls: { ingress: 'postgres://i@host/i', deals: 'postgres://d@host/d', dispatcher: 'postgres://s@host/s' },
    });
  });

  it('is native where there is a Java', async () => {
    const { kafka, postgres } = await chooseSources({}, machine(true, true));
    expect([kafka.kind, postgres.kind]).toEqual(['native', 'native']);
  });

  it('is containers without Java, and that is said', async () => {
    const { kafka, postgres, notice } = await chooseSources({}, machine(false, true));
    expect([kafka.kind, postgres.kind]).toEqual(['compose', 'compose']);
    expect(notice).toMatch(/No Java 17\+.*docker compose up kafka postgres/);
  });

  it('is one clear message where there is neither', async () => {
    await expect(chooseSources({}, machine(false, false))).rejects.toThrow(
      /neither Java 17\+.*nor Docker[^]*Install[^]*KAFKA_BROKERS/,
    );
  });

  it('needs all three databases or none', async () => {
    const some = { DATABASE_URL_DEALS: 'postgres://d@host/d' };
    await expect(chooseSources(some, machine(true, true))).rejects.toThrow(
      /DATABASE_URL_INGRESS, DATABASE_URL_DISPATCHER must be set too/,
    );
  });
});

describe('ports', () => {
  it('are the well-known ones unless the environment moves them', () => {
    expect(portsFromEnv({ DEALS_PORT: '9191' })).toEqual({
      ingress: [{ hooks: 8080, admin: 8090 }],
      deals: [{ admin: 9191 }],
      dispatcher: [{ admin: 8092 }],
    });
  });

  it('that are none are refused by name', () => {
    expect(() => portsFromEnv({ HOOKS_PORT: '80a' })).toThrow(/HOOKS_PORT is "80a"/);
  });
});

describe('secrets', () => {
  it('are made once, for their owner alone, and those of the environment win', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ponte-secrets-'));
    try {
      const first = loadSecrets(folder, {});
      expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
      expect(loadSecrets(folder, {})).toEqual(first);
      expect(loadSecrets(folder, { JWT_SECRET: 'mine' })).toEqual({ ...first, jwtSecret: 'mine' });
      expect(Buffer.from(first.secretsKey, 'base64')).toHaveLength(32);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the topology', () => {
  const plan = {
    stateDir: '/state',
    kafka: { kind: 'native' },
    postgres: { kind: 'native' },
    ports: portsFromEnv({}),
    secrets: makeSecrets(),
    env: { LOG_LEVEL: 'debug' },
  } as const;

  it('needs only what comes before', () => {
    const seen = new Set<string>();
    for (const part of topology(plan)) {
      for (const need of part.needs) expect(seen).toContain(need);
      seen.add(part.name);
    }
  });

  it('gives a process its own database, and nothing that the caller has for others', () => {
    const databaseUrls = { ingress: 'postgres://i', deals: 'postgres://d', dispatcher: 'postgres://s' };
    const inherited = { DATABASE_URL: 'postgres://superuser', PORT: '1', HOOKS_PORT: '2', PATH: '/bin' };
    const env = serviceEnv(plan, { brokers: 'k', databaseUrls }, 'deals', { PORT: '8091' }, inherited);
    expect(env).toMatchObject({ DATABASE_URL: 'postgres://d', PORT: '8091', KAFKA_BROKERS: 'k', LOG_LEVEL: 'debug' });
    expect(env['HOOKS_PORT']).toBeUndefined();
  });
});

describe('a line of a log', () => {
  it('is shown as its message and error', () => {
    expect(readLogLine('{"level":"error","message":"relay failed","error":{"message":"no broker"}}')).toEqual({
      level: 'error',
      text: 'relay failed · no broker',
    });
  });

  it('that is no JSON is shown as it is, as a warning', () => {
    expect(readLogLine('TypeError: x')).toEqual({ level: 'warn', text: 'TypeError: x' });
  });
});
