import { connectKafka } from '@ponte/kafka';
import { connectDatabase, taskCommand, UsageError, type Command } from '@ponte/service-kit';
import { logConfig } from '../config.js';
import { dealsTopic } from '../deals-topic.js';
import { migrations } from '../migrations/index.js';
import { rebuild, type Rebuilt, type RebuildSource } from './rebuild.js';

/** `rebuild`: prints what it found as JSON, the progress goes to the log. */
export function rebuildCommand(): Command {
  return taskCommand({
    summary: 'Build contacts, deals and catalogues anew from everything that happened, or compare them with it',
    config: logConfig,
    options: {
      from: { type: 'text', is: 'log (its table in the database) or topic', required: true },
      verify: { type: 'flag', is: 'only compare, also while the service runs: exit code 1 where something differs' },
    },
    run: async ({ config, options: { from, verify }, log, shutdown }) => {
      if (from !== 'log' && from !== 'topic') throw new UsageError('--from must be log or topic');
      const { migrationUrl, directUrl, url, ...rest } = config.database;
      // As whoever may make temporary tables; a rebuild takes as long as it takes.
      const own = { ...rest, url: migrationUrl ?? directUrl ?? url, statementTimeoutMs: 0 };
      const database = await connectDatabase(own, { applicationName: 'ponte-deals-rebuild', migrations, log });
      shutdown.add('connections', 'database', () => database.close());
      const source = ((): RebuildSource => {
        if (from === 'log') return { kind: 'log' };
        const kafka = connectKafka(config.kafka.connection);
        shutdown.add('connections', 'kafka', () => kafka.close());
        return { kind: 'topic', kafka, topic: dealsTopic.name };
      })();
      const rebuilt = await rebuild({
        ...{ database, source, verify },
        onProgress: (progress) => {
          log.info(progress, 'rebuilding');
        },
      });
      process.stdout.write(`${JSON.stringify({ from, verify, ...rebuilt })}\n`);
      if (verify && rebuilt.first.length > 0) throw new Error(differs(rebuilt));
    },
  });
}

function differs({ differing }: Rebuilt): string {
  const rows = Object.entries(differing).map(([table, count]) => `${String(count)} rows of ${table}`);
  return `The projections are not what the log says: ${rows.join(', ')} differ`;
}
