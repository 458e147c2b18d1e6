import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { listenBare, Shutdown } from '../boot/index.js';
import { HealthRegistry } from '../health/index.js';
import { createLogger, silentLogger } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import { addLogFields, createBareListener } from './index.js';

let listener: FastifyInstance | undefined;
const lines: string[] = [];

afterEach(() => listener?.close());

async function start(health = new HealthRegistry()) {
  lines.length = 0;
  const log = createLogger({ name: 'ingress', level: 'info', stream: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics('ingress');
  const observation = { listener: 'hooks', log, metrics, logPaths: false, logSuccess: true };
  listener = createBareListener({ ...observation, health, bodyLimitBytes: 1_000 });
  listener.post('/in/:token', async (request) => {
    addLogFields(request, { requestKey: 'r-1' });
    await sleep(1);
    return { status: 'accepted' };
  });
  listener.get('/fails', () => {
    throw new Error('hunter2');
  });
  const schema = { body: { type: 'object', properties: { count: { type: 'integer' } }, additionalProperties: false } };
  listener.post('/strict', { schema }, (request) => request.body);
  const shutdown = new Shutdown(silentLogger, 2_000);
  const port = await listenBare('hooks', listener, { port: 0, host: '127.0.0.1', health, shutdown });
  return { base: `http://127.0.0.1:${String(port)}`, shutdown, metrics };
}

const post = (url: string, body: string) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

describe('a bare listener', () => {
  it('answers failures as problem+json, like the admin listener', async () => {
    const { base } = await start();
    const answers = await Promise.all([
      fetch(`${base}/nowhere`),
      fetch(`${base}/fails`),
      post(`${base}/in/t`, '{"a":'),
      post(`${base}/in/t`, JSON.stringify('x'.repeat(2_000))),
      fetch(`${base}/%zz`),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([404, 500, 400, 413, 400]);
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await answer.text()).not.toContain('hunter2');
    }
  });

  it('validates by schema without changing what was sent', async () => {
    const { base } = await start();
    const coerced = await post(`${base}/strict`, '{"count":"7","more":1}');
    expect(coerced.status).toBe(400);
    const { errors } = (await coerced.json()) as { errors: { field: string }[] };
    expect(errors.map((error) => error.field).sort()).toEqual(['', 'count']);
  });

  it('logs a request by its template where its path is a secret', async () => {
    const { base, metrics } = await start();
    await post(`${base}/in/an-unguessable-token`, '{}');
    await sleep(20);
    expect(lines.join('')).toContain('"route":"/in/:token"');
    expect(lines.join('')).toContain('"requestKey":"r-1"');
    expect(lines.join('')).not.toContain('unguessable');
    expect(await metrics.metrics()).toContain('listener="hooks",method="POST",route="/in/:token",status="200"');
  });

  it('has a readiness of its own, and no status or metrics for strangers', async () => {
    const health = new HealthRegistry();
    const { base, shutdown } = await start(health);
    expect((await fetch(`${base}/health/ready`)).status).toBe(200);
    expect((await fetch(`${base}/health/status`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
    health.drain();
    const draining = await fetch(`${base}/health/ready`);
    expect([draining.status, draining.headers.get('connection')]).toEqual([503, 'close']);
    expect(await shutdown.run()).toEqual({ kind: 'clean' });
  });
});
