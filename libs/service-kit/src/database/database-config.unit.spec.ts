import { describe, expect, it } from '@jest/globals';
import { databaseSettings, endpointOf, type DatabaseTls } from './database-config.js';

const endpoint = (query: string, tls?: DatabaseTls) =>
  endpointOf(`postgres://deals:pw@db:5432/deals${query}`, tls, (path) => `PEM of ${path}`);

describe('TLS to Postgres', () => {
  it('is off unless it is asked for', () => {
    expect(endpoint('').ssl).toBe(false);
    expect(endpoint('?sslmode=disable').ssl).toBe(false);
  });

  it('by sslmode means what it means to libpq', () => {
    expect(endpoint('?sslmode=require').ssl).toEqual({ rejectUnauthorized: false });
    expect(endpoint('?sslmode=verify-full').ssl).toEqual({});
    expect(endpoint('?sslmode=verify-full&sslrootcert=/ca').ssl).toEqual({ ca: 'PEM of /ca' });
    expect(endpoint('?sslmode=verify-ca&sslrootcert=/ca').ssl).toMatchObject({ ca: 'PEM of /ca' });
    expect(endpoint('?sslmode=require&sslrootcert=/ca').ssl).toMatchObject({ ca: 'PEM of /ca' });
  });

  it('never falls back on plain text without saying so', () => {
    expect(() => endpoint('?sslmode=prefer')).toThrow(/not supported/);
    expect(() => endpoint('?sslmode=verify-ca')).toThrow(/sslrootcert/);
  });

  it('set beside the URL wins over the URL', () => {
    expect(endpoint('?sslmode=require', { kind: 'verify-full', ca: 'PEM' }).ssl).toEqual({ ca: 'PEM' });
  });

  it('is taken out of the URL, which pg reads in its own way, and nothing else is', () => {
    expect(endpoint('?sslmode=require&options=x').connectionString).toBe('postgres://deals:pw@db:5432/deals?options=x');
  });
});

describe('options of the session', () => {
  const optionsOf = (query: string, sessionOptions?: string) => {
    const { connectionString } = endpointOf(`postgres://db/deals${query}`, undefined, () => '', sessionOptions);
    return new URL(connectionString).searchParams.get('options');
  };

  it('that the URL has come after ours, and so have the last word', () => {
    expect(optionsOf('?options=-c%20work_mem%3D8MB', '-c jit=off')).toBe('-c jit=off -c work_mem=8MB');
    expect(optionsOf('', '-c jit=off')).toBe('-c jit=off');
    expect(optionsOf('?options=-c%20work_mem%3D8MB')).toBe('-c work_mem=8MB');
    expect(optionsOf('')).toBeNull();
  });
});

describe('a direct URL', () => {
  it('that differs says that the other one is a pooler', () => {
    const url = 'postgres://deals@pgbouncer/deals';
    expect(databaseSettings({ url }).pooled).toBe(false);
    expect(databaseSettings({ url, directUrl: url }).pooled).toBe(false);
    expect(databaseSettings({ url, directUrl: 'postgres://deals@db/deals' }).pooled).toBe(true);
  });
});
