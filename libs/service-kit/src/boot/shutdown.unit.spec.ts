import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createLogger, silentLogger } from '../log/index.js';
import { Shutdown } from './shutdown.js';

describe('a shutdown', () => {
  it('goes step by step, whatever the order in which parts were added', async () => {
    const shutdown = new Shutdown(silentLogger, 1_000);
    const ended: string[] = [];
    for (const step of ['connections', 'consumers', 'announce', 'flush', 'listeners'] as const) {
      shutdown.add(step, step, async () => {
        await sleep(5);
        ended.push(step);
      });
    }
    expect(await shutdown.run()).toEqual({ kind: 'clean' });
    expect(ended).toEqual(['announce', 'listeners', 'consumers', 'flush', 'connections']);
  });

  it('ends the other parts when one fails', async () => {
    const shutdown = new Shutdown(silentLogger, 1_000);
    let closed = false;
    shutdown.add('consumers', 'inbound', () => Promise.reject(new Error('no broker')));
    shutdown.add('connections', 'database', () => (closed = true));
    expect(await shutdown.run()).toEqual({ kind: 'failed' });
    expect(closed).toBe(true);
  });

  it('gives up at its limit, and names what did not end', async () => {
    const lines: string[] = [];
    const log = createLogger({ name: 'deals', level: 'info', stream: { write: (line) => void lines.push(line) } });
    const shutdown = new Shutdown(log, 50);
    shutdown.add('consumers', 'deals.inbound', () => new Promise(() => undefined));
    shutdown.add('consumers', 'quick', () => undefined);
    expect(await shutdown.run()).toEqual({ kind: 'timed_out' });
    expect(lines.join('')).toContain('"unfinished":["deals.inbound"]');
  });

  it('happens once, and aborts what waits', async () => {
    const shutdown = new Shutdown(silentLogger, 1_000);
    let count = 0;
    shutdown.add('flush', 'relay', () => (count += 1));
    expect(shutdown.signal.aborted).toBe(false);
    await Promise.all([shutdown.run(), shutdown.run()]);
    expect(count).toBe(1);
    expect(shutdown.signal.aborted).toBe(true);
  });
});
