import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  ConfigError,
  databaseConfig,
  DEVELOPMENT_JWT_SECRET,
  kafkaSettings,
  parseConfig,
  setting,
  tokenConfig,
} from './index.js';
import type { ConfigSchema, EnvironmentVariables } from './index.js';

const schema = {
  kafka: kafkaSettings('deals'),
  database: databaseConfig,
  tokens: tokenConfig,
  port: setting.port('PORT', { is: 'the port of the admin API', default: 8091 }),
  publicUrl: setting.url('PUBLIC_URL', ['https:', 'http:'], { is: 'where tools reach the hooks' }),
  privateNetworks: setting.flag('DELIVERY_ALLOW_PRIVATE_NETWORKS', { is: '', default: false }),
  between: setting.secret('BETWEEN_ORIGINS_SECRET', {
    is: 'signs own calls',
    development: 'a-development-secret-for-own-calls',
  }),
  sealer: setting.sealingKeys('SECRETS_KEY', {
    is: 'encrypts secrets at rest',
    development: Buffer.alloc(32, 7).toString('base64'),
  }),
};

const MINIMAL = {
  KAFKA_BROKERS: 'localhost:9092, kafka-2:9092',
  DATABASE_URL: 'postgres://deals:pw@localhost:5432/deals',
  PUBLIC_URL: 'https://hooks.example.com/',
};

const random = () => randomBytes(48).toString('base64');
const PRODUCTION = {
  ...MINIMAL,
  NODE_ENV: 'production',
  DATABASE_URL: `postgres://deals:${randomBytes(24).toString('hex')}@db:5432/deals?sslmode=verify-full`,
  JWT_SECRET: random(),
  BETWEEN_ORIGINS_SECRET: random(),
  SECRETS_KEY: randomBytes(32).toString('base64'),
};

function mistakesIn(env: EnvironmentVariables, of: ConfigSchema = schema): string[] {
  try {
    parseConfig(of, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map(({ variable }) => variable);
    throw error;
  }
}

describe('a configuration', () => {
  it('for development needs little more than where Kafka and Postgres are', () => {
    const config = parseConfig(schema, MINIMAL);
    expect(config.kafka.connection).toEqual({
      brokers: ['localhost:9092', 'kafka-2:9092'],
      clientId: 'deals',
      topicPrefix: '',
      ssl: false,
    });
    expect(config.kafka.topics).toBe('create');
    expect(config.database).toEqual({ url: MINIMAL.DATABASE_URL, poolSize: 10 });
    expect(config.port).toBe(8091);
    expect(config.publicUrl).toBe('https://hooks.example.com');
    expect(config.tokens.kind).toBe('secret');
    expect(config.sealer.open(config.sealer.seal('x'))).toBe('x');
  });

  it('lists everything that is wrong with it at once, aligned, and repeats no value', () => {
    const env = {
      KAFKA_BROKERS: 'kafka',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
      PORT: 'hunter2',
      KAFKA_SSL_CA: '/no',
    };
    expect(mistakesIn(env)).toEqual(['KAFKA_BROKERS', 'KAFKA_SSL_CA', 'DATABASE_URL', 'PORT', 'PUBLIC_URL']);
    try {
      parseConfig(schema, env);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
      expect(String(error)).toContain('5 settings are wrong');
      expect(String(error)).toContain('  PORT           must be a whole number from 0 to 65535');
      expect(String(error)).toContain('  PUBLIC_URL     is missing: where tools reach the hooks');
    }
  });

  it('takes an empty variable for an absent one, as compose files pass them', () => {
    const config = parseConfig(schema, { ...MINIMAL, PORT: '', KAFKA_SASL_MECHANISM: ' ', JWT_JWKS_URL: '' });
    expect(config.port).toBe(8091);
  });

  it('never shows a secret when it is printed as a whole', () => {
    const secrets = { JWT_SECRET: 'hunter2-hunter2-hunter2-hunter2-x', BETWEEN_ORIGINS_SECRET: 'hunter2-between' };
    expect(JSON.stringify(parseConfig(schema, { ...MINIMAL, ...secrets }))).not.toContain('hunter2');
  });
});

describe('in production', () => {
  it('real secrets are accepted', () => {
    expect(mistakesIn(PRODUCTION)).toEqual([]);
  });

  it('nothing falls back on a development default', () => {
    const none = { JWT_SECRET: '', BETWEEN_ORIGINS_SECRET: '', SECRETS_KEY: '' };
    expect(mistakesIn({ ...PRODUCTION, ...none })).toEqual(['JWT_SECRET', 'BETWEEN_ORIGINS_SECRET', 'SECRETS_KEY']);
  });

  it.each([
    ['the development secret', { JWT_SECRET: DEVELOPMENT_JWT_SECRET }, 'JWT_SECRET'],
    ['a short secret', { JWT_SECRET: randomBytes(12).toString('hex') }, 'JWT_SECRET'],
    ['a monotonous secret', { BETWEEN_ORIGINS_SECRET: 'a'.repeat(64) }, 'BETWEEN_ORIGINS_SECRET'],
    ['an example secret', { BETWEEN_ORIGINS_SECRET: 'please-change-me-please-change-me' }, 'BETWEEN_ORIGINS_SECRET'],
    ['a key of one byte', { SECRETS_KEY: Buffer.alloc(32, 1).toString('base64') }, 'SECRETS_KEY'],
    ['the password "postgres"', { DATABASE_URL: 'postgres://deals:postgres@db/deals' }, 'DATABASE_URL'],
    ['no database password', { DATABASE_URL: 'postgres://deals@db/deals' }, 'DATABASE_URL'],
    [
      'a weak password of the migrating role',
      { DATABASE_MIGRATION_URL: 'postgres://a:ponte@db/deals' },
      'DATABASE_MIGRATION_URL',
    ],
    ['keys over plain HTTP', { JWT_SECRET: '', JWT_JWKS_URL: 'http://idp/jwks' }, 'JWT_JWKS_URL'],
  ])('%s is refused', (_, change, variable) => {
    expect(mistakesIn({ ...PRODUCTION, ...change })).toEqual([variable]);
  });
});

describe('Kafka', () => {
  const kafka = (env: EnvironmentVariables) =>
    parseConfig({ kafka: kafkaSettings('deals') }, { ...MINIMAL, ...env }).kafka;
  const wrong = (env: EnvironmentVariables) => mistakesIn({ ...MINIMAL, ...env }, { kafka: kafkaSettings('deals') });

  it('of others is reached with SASL, TLS and their CA, under a prefix, without creating topics', () => {
    const ca = join(mkdtempSync(join(tmpdir(), 'ponte-config-')), 'ca.pem');
    writeFileSync(ca, 'PEM');
    expect(
      kafka({
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA: ca,
        KAFKA_SASL_MECHANISM: 'scram-sha-512',
        KAFKA_SASL_USERNAME: 'ponte',
        KAFKA_SASL_PASSWORD: 'pw',
        KAFKA_TOPIC_PREFIX: 'sales.',
        KAFKA_TOPICS: 'check',
      }),
    ).toEqual({
      connection: {
        brokers: ['localhost:9092', 'kafka-2:9092'],
        clientId: 'deals',
        topicPrefix: 'sales.',
        ssl: { ca: 'PEM' },
        sasl: { mechanism: 'scram-sha-512', username: 'ponte', password: 'pw' },
      },
      topics: 'check',
      replicationFactor: undefined,
    });
  });

  it('settings that need each other are asked for by name', () => {
    expect(wrong({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'x' })).toEqual(['KAFKA_SASL_PASSWORD']);
    expect(wrong({ KAFKA_SASL_USERNAME: 'x', KAFKA_SASL_PASSWORD: 'y' })).toEqual(['KAFKA_SASL_MECHANISM']);
    expect(wrong({ KAFKA_SASL_MECHANISM: 'oauthbearer' })).toEqual(['KAFKA_SASL_MECHANISM']);
  });
});

describe('tokens', () => {
  it('are verified by a secret or by published keys, not by both', () => {
    const tokens = (env: EnvironmentVariables) => parseConfig({ tokens: tokenConfig }, env).tokens;
    expect(tokens({ JWT_JWKS_URL: 'https://idp/jwks', JWT_ISSUER: 'idp' })).toEqual({
      kind: 'jwks',
      url: 'https://idp/jwks',
      issuer: 'idp',
    });
    expect(mistakesIn({ JWT_SECRET: random(), JWT_JWKS_URL: 'https://idp/jwks' }, { tokens: tokenConfig })).toEqual([
      'JWT_SECRET',
    ]);
  });
});
