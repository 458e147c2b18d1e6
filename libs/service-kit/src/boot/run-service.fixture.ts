import { setTimeout as sleep } from 'node:timers/promises';
import { setting } from '../config/index.js';
import { HealthRegistry } from '../health/index.js';
import { createBareListener } from '../http/index.js';
import { createMetrics } from '../metrics/index.js';
import { listenBare, runService, serviceCommand, taskCommand } from './index.js';

/** A small service that is started as a process by the test of `runService`. */
await runService({
  name: 'fixture',
  version: '1.0.0',
  commands: {
    serve: serviceCommand({
      summary: 'Serve',
      config: {
        port: setting.port('PORT', { is: 'the port', default: 0 }),
        stuck: setting.flag('STUCK', { is: 'whether a part never ends', default: false }),
      },
      run: async ({ config, log, name, shutdown }) => {
        const health = new HealthRegistry();
        const metrics = createMetrics(name);
        const listener = createBareListener({
          listener: 'x',
          log,
          metrics,
          health,
          logPaths: true,
          logSuccess: true,
          bodyLimitBytes: 100,
        });
        listener.get('/slow', async () => {
          await sleep(500);
          return { slow: true };
        });
        listener.get('/crash', (_request, reply) => {
          void reply.send({});
          setImmediate(() => {
            throw new Error('crashed on purpose');
          });
        });
        listener.get('/reject', (_request, reply) => {
          void reply.send({});
          void Promise.reject(new Error('rejected on purpose'));
        });
        shutdown.add('flush', 'writer', () => {
          log.info({}, 'flushed');
        });
        if (config.stuck) shutdown.add('consumers', 'stuck', () => new Promise(() => undefined));
        const port = await listenBare('x', listener, { port: config.port, host: '127.0.0.1', health, shutdown });
        log.info({ port }, 'listening');
      },
    }),
    'workspace create': taskCommand({
      summary: 'Create a workspace',
      config: { url: setting.url('PUBLIC_URL', ['https:'], { is: 'where tools reach the hooks' }) },
      options: { name: { type: 'text', is: "the workspace's name", required: true } },
      run: ({ options, config }) => {
        process.stdout.write(`${JSON.stringify({ name: options.name, url: config.url })}\n`);
        return Promise.resolve();
      },
    }),
    fail: taskCommand({ summary: 'Fail', config: {}, run: () => Promise.reject(new Error('failed on purpose')) }),
  },
});
