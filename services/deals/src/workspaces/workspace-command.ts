import { randomUUID } from 'node:crypto';
import type { Workspace } from '@ponte/contracts';
import { ensureLogTopic } from '@ponte/event-log';
import { isTimeZone, readCurrency } from '@ponte/mapping';
import { asWorkspaceId, taskCommand, UsageError, type Command } from '@ponte/service-kit';
import { logConfig } from '../config.js';
import { dealsTopic } from '../deals-topic.js';
import { openLog } from '../open-log.js';
import { appendWorkspace } from './create-workspace.js';

/** How long to wait until log and topic were compared, which needs Kafka. */
const patienceMs = 30_000;

/** `workspace create`: works whether or not the service runs, and prints the workspace as one line of JSON. */
export function createWorkspaceCommand(): Command {
  return taskCommand({
    summary: 'Create a workspace, and print it as JSON',
    config: logConfig,
    options: {
      name: { type: 'text', is: 'its name', required: true },
      'time-zone': { type: 'text', is: 'IANA time zone', default: 'America/Sao_Paulo' },
      country: { type: 'text', is: 'ISO 3166 country of phones that name none', default: 'BR' },
      currency: { type: 'text', is: 'ISO 4217 currency of amounts that name none', default: 'BRL' },
      id: { type: 'text', is: 'its UUID; default: a random one' },
    },
    run: async ({ config, options, log, shutdown }) => {
      const workspace = workspaceOf(options);
      const { database, kafka, eventLog } = await openLog(config, log, shutdown);
      const topic = { kafka, spec: dealsTopic, settings: config.kafka, log, signal: shutdown.signal };
      await (
        await ensureLogTopic(topic)
      ).settled;
      await eventLog.start();
      await eventLog.gate.whenOpen(AbortSignal.timeout(patienceMs)).catch((error: unknown) => {
        throw new Error(`Nothing can be appended: ${eventLog.gate.reason() ?? 'unknown'}`, { cause: error });
      });
      const decision = await appendWorkspace(workspace, database, eventLog);
      if (decision.kind === 'refused') throw new Error('detail' in decision ? decision.detail : decision.why);
      process.stdout.write(`${JSON.stringify(workspace)}\n`);
    },
  });
}

function workspaceOf(options: {
  readonly name: string;
  readonly 'time-zone': string;
  readonly country: string;
  readonly currency: string;
  readonly id: string | undefined;
}): Workspace {
  const id = asWorkspaceId(options.id ?? randomUUID());
  const name = options.name.trim();
  const currency = readCurrency(options.currency);
  const country = options.country.trim().toUpperCase();
  const mistakes = [
    ...(id === undefined ? ['--id must be a UUID'] : []),
    ...(name === '' || name.length > 200 ? ['--name must have 1 to 200 characters'] : []),
    ...(isTimeZone(options['time-zone']) ? [] : ['--time-zone must be an IANA time zone, e.g. America/Sao_Paulo']),
    ...(/^[A-Z]{2}$/.test(country) ? [] : ['--country must be an ISO 3166 code of two letters']),
    ...(currency === null ? ['--currency must be an ISO 4217 code'] : []),
  ];
  if (mistakes.length > 0 || id === undefined || currency === null) throw new UsageError(mistakes.join('\n'));
  return { id, name, timeZone: options['time-zone'], country, currency };
}
