import { migrateCommand, runService, serviceCommand } from '@ponte/service-kit';
import { dealsConfig } from './config.js';
import { migrations } from './migrations/index.js';
import { rebuildCommand } from './rebuild/rebuild-command.js';
import { startDeals } from './start-deals.js';
import { createTokenCommand } from './workspaces/token-command.js';
import { createWorkspaceCommand } from './workspaces/workspace-command.js';

await runService({
  name: 'deals',
  commands: {
    serve: serviceCommand({
      summary: 'Turn what arrives into contacts and deals, and serve them',
      config: dealsConfig,
      run: async ({ config, version, log, shutdown }) => {
        await startDeals(config, { version, log, shutdown });
      },
    }),
    migrate: migrateCommand(migrations),
    rebuild: rebuildCommand(),
    'workspace create': createWorkspaceCommand(),
    'token create': createTokenCommand(),
  },
});
