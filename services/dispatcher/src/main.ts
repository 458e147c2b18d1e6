import { migrateCommand, runService, serviceCommand } from '@ponte/service-kit';
import { dispatcherConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { startDispatcher } from './start-dispatcher.js';

await runService({
  name: 'dispatcher',
  commands: {
    serve: serviceCommand({
      summary: 'Turn events into calls of receivers',
      config: dispatcherConfig,
      run: async ({ config, version, log, shutdown }) => {
        await startDispatcher(config, { version, log, shutdown });
      },
    }),
    migrate: migrateCommand(migrations),
  },
});
