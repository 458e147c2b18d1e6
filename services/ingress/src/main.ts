import { migrateCommand, runService, serviceCommand } from '@ponte/service-kit';
import { ingressConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { startIngress } from './start-ingress.js';

await runService({
  name: 'ingress',
  commands: {
    serve: serviceCommand({
      summary: 'Take what tools post, keep it, publish it',
      config: ingressConfig,
      run: async ({ config, version, log, shutdown }) => {
        await startIngress(config, { version, log, shutdown });
      },
    }),
    migrate: migrateCommand(migrations),
  },
});
