import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { runWithTrace } from '../tracing/index.js';
import { createLogger, nestLog } from './index.js';

function captured(write: (log: ReturnType<typeof createLogger>) => void, level: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  write(createLogger({ name: 'deals', level, instance: 'i-1', stream: { write: (line) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a log line', () => {
  it('is one JSON object with the service, the instance and the trace', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const [line] = captured((log) => {
      runWithTrace(traceparent, () => {
        log.info({ batch: 3 }, 'applied');
      });
    });
    expect(line).toMatchObject({
      level: 'info',
      service: 'deals',
      instance: 'i-1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      batch: 3,
      message: 'applied',
    });
    expect(new Date(String(line?.['time'])).getTime()).toBeGreaterThan(0);
  });

  it('shows no secret under its usual names', () => {
    const text = JSON.stringify(
      captured((log) => {
        log.info({ token: 'hunter2', headers: { authorization: 'Bearer hunter2', cookie: 'hunter2' } }, 'x');
        log.info(
          { request: { headers: { authorization: 'hunter2', 'x-api-key': 'hunter2', 'set-cookie': 'hunter2' } } },
          'x',
        );
        log.info({ kafka: { sasl: { password: 'hunter2' } }, database: { password: 'hunter2' } }, 'x');
      }),
    );
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
  });

  it('shows no data that a driver attached to an error', () => {
    const driverError = Object.assign(new DatabaseError('duplicate key value', 100, 'error'), {
      code: '23505',
      detail: 'Key (email)=(ana@example.com) already exists.',
    });
    const error = new QueryFailedError('INSERT INTO contacts …', ['ana@example.com'], driverError);
    const [line] = captured((log) => {
      log.error({ error }, 'failed');
    });
    expect(JSON.stringify(line)).not.toContain('ana@example.com');
    expect(line?.['error']).toMatchObject({ type: 'QueryFailedError', message: 'duplicate key value', code: '23505' });
  });

  it('follows the causes of an error', () => {
    const [line] = captured((log) => {
      log.error({ error: new Error('outer', { cause: new TypeError('inner') }) }, 'failed');
    });
    expect(line?.['error']).toMatchObject({ message: 'outer', cause: { type: 'TypeError', message: 'inner' } });
  });

  it('of Nest is for debugging, except its warnings and errors', () => {
    const write = (log: ReturnType<typeof createLogger>) => {
      const nest = nestLog(log);
      nest.log('Mapped {/v1/deals, GET} route', 'RouterExplorer');
      nest.warn('odd', 'Injector');
      nest.error('bad', 'Error: bad\n at x', 'ExceptionHandler');
    };
    expect(captured(write).map((line) => [line['level'], line['nest']])).toEqual([
      ['warn', 'Injector'],
      ['error', 'ExceptionHandler'],
    ]);
    expect(captured(write, 'debug')).toHaveLength(3);
  });
});
