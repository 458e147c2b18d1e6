import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const MODULE = fileURLToPath(new URL('idle-queues.ts', import.meta.url));

/** A queue of kafkajs itself, in a process of its own: its timers hold no other process, and its warnings are seen. */
async function inQueue(script: string): Promise<{ stdout: string; stderr: string }> {
  const source = `
    import { createRequire } from 'node:module';
    import { letIdleQueuesRest } from ${JSON.stringify(MODULE)};
    letIdleQueuesRest();
    const Queue = createRequire(${JSON.stringify(MODULE)})('kafkajs/src/network/requestQueue/index.js');
    const logger = { debug() {}, error() {}, warn() {}, info() {} };
    const queue = new Queue({
      maxInFlightRequests: 1, requestTimeout: 1_000, enforceRequestTimeout: false, clientId: 'c', broker: 'b',
      logger: { ...logger, namespace: () => logger }, isConnected: () => true,
    });
    const sent = [];
    const request = (correlationId) => ({
      entry: { correlationId, apiName: 'Fetch', apiKey: 1, resolve() {}, reject() {} },
      expectResponse: true, requestTimeout: null, sendRequest: () => sent.push(correlationId),
    });
    ${script}`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
}

describe('a queue of requests', () => {
  it('sets no timer while it is empty, so that its process can end and nothing warns', async () => {
    const { stdout, stderr } = await inQueue(`
      queue.push(request(1));
      queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
      const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
      console.log(JSON.stringify({ sent, timers }));`);
    expect([JSON.parse(stdout), stderr]).toEqual([{ sent: [1], timers: [] }, '']);
  });

  it('sends what waited for its turn, and what waited because the broker throttles', async () => {
    const { stdout, stderr } = await inQueue(`
      queue.push(request(1));
      queue.push(request(2));
      console.log(sent.join());
      queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
      console.log(sent.join());
      queue.fulfillRequest({ correlationId: 2, payload: null, size: 0 });
      queue.maybeThrottle(50);
      queue.push(request(3));
      console.log(sent.join());
      process.on('exit', () => console.log(sent.join()));`);
    expect([stdout.trim().split('\n'), stderr]).toEqual([['1', '1,2', '1,2', '1,2,3'], '']);
  });
});
