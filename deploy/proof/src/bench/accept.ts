import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { percentilesOf, type Percentiles } from './percentiles.js';

export interface AcceptFigures {
  readonly perSecond: number;
  readonly latencyMs: Percentiles;
  readonly not200: number;
}

export interface AcceptShape {
  readonly connections: number;
  readonly seconds: number;
}

/** 1 KB of JSON in identifiers that every integration maps by itself, about one of 1,000 people. */
function payload(person: number): string {
  const number = String(person).padStart(6, '0');
  const fields = {
    contact_name: `Pessoa ${number}`,
    contact_email: `bench.${number}@example.com`,
    contact_phone: `1198${number}0`,
    contact_observacao: '',
  };
  const size = JSON.stringify(fields).length;
  return JSON.stringify({ ...fields, contact_observacao: 'x'.repeat(1024 - size) });
}

const bodies = Array.from({ length: 1000 }, (_, person) => payload(person));

/** W1: closed loop, so it finds the highest rate; latencies are those of a saturated server. */
export async function measureAccept(url: string, shape: AcceptShape): Promise<AcceptFigures> {
  const latencies: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: shape.connections,
        duration: shape.seconds,
        headers: { 'content-type': 'application/json' },
        requests: bodies.map((body) => ({ method: 'POST', body })),
      },
      (error: unknown, figures) => {
        if (error instanceof Error) reject(error);
        else resolve(figures);
      },
    );
    run.on('response', (_client, status, _bytes, tookMs) => {
      if (status === 200) latencies.push(tookMs);
    });
  });
  return {
    perSecond: latencies.length / result.duration,
    latencyMs: percentilesOf(latencies),
    not200: result.requests.total - result['2xx'] + result.errors,
  };
}

/** The same load against an empty handler of the same HTTP server: what the machine gives at most. */
export async function measureEmptyHandler(shape: AcceptShape): Promise<AcceptFigures> {
  const script = fileURLToPath(new URL('./empty-server.js', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return await measureAccept(`${line.toString().trim()}/in/token`, shape);
  } finally {
    child.kill('SIGTERM');
  }
}
