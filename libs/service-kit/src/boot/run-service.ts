import { destination } from 'pino';
import { ConfigError, parseConfig, setting, type ConfigSchema } from '../config/index.js';
import { messageOf } from '../database/infrastructure-error.js';
import { createLogger, LOG_LEVELS, type Logger } from '../log/index.js';
import { UsageError, type Command, type OptionSpec } from './command.js';
import { Shutdown } from './shutdown.js';

/** A service's program: its name and what it can be told to do. */
export interface ServiceDefinition {
  /** `deals` */
  readonly name: string;
  /** Default: the version of npm's environment, else `0.0.0`. */
  readonly version?: string;
  /** By name; a name may be of two words (`workspace create`). `serve` runs when none is named. */
  readonly commands: Readonly<Record<string, Command>>;
  /** Default: `process.argv` without node and the script. */
  readonly argv?: readonly string[];
}

/** Settings that every command has. */
const processSettings = {
  logLevel: setting.choice('LOG_LEVEL', LOG_LEVELS, { is: 'how much is logged', default: 'info' }),
  shutdownSeconds: setting.integer('SHUTDOWN_SECONDS', {
    is: 'the hard limit of a shutdown',
    default: 25,
    min: 1,
    max: 600,
  }),
} satisfies ConfigSchema;

const EXIT = { ok: 0, failed: 1, badUsage: 2 } as const;

/**
 * Runs the command that the arguments name, and ends the process: a task when it is done, a service after SIGTERM or
 * SIGINT and an orderly shutdown. A second signal ends it at once. An unhandled rejection or exception is logged and
 * ends it with 1, as nobody knows what state it left behind; the shutdown still gives back what it can.
 */
export async function runService(definition: ServiceDefinition): Promise<void> {
  const argv = definition.argv ?? process.argv.slice(2);
  const found = findCommand(definition.commands, argv);
  if (found.kind !== 'command') return finishUsage(definition, found.kind);
  const base = readOrExplain(definition.name, { ...processSettings, ...found.command.settings });
  if (!base) return;
  // A task's output is its result, to be piped on; so its log goes to stderr.
  const log = createLogger({
    name: definition.name,
    level: base.logLevel,
    ...(found.command.kind === 'task' ? { stream: destination({ dest: 2, sync: false }) } : {}),
  });
  const shutdown = new Shutdown(log, base.shutdownSeconds * 1_000, found.command.kind === 'task' ? 'debug' : 'info');
  const exit = exitOnce(log, shutdown);
  watchProcess(log, exit);
  try {
    await found.command.run({
      name: definition.name,
      version: definition.version ?? process.env['npm_package_version'] ?? '0.0.0',
      args: found.rest,
      log,
      shutdown,
      readConfig: (schema) => parseConfig(schema, process.env),
    });
    if (found.command.kind === 'service') log.info({ command: found.name }, 'service is up');
    else await exit(EXIT.ok);
  } catch (error) {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage(definition)}`);
    // A signal while starting aborts what is being started: that is not a failure to report.
    else if (!shutdown.signal.aborted)
      log.fatal({ command: found.name, error }, `${found.name} failed: ${messageOf(error)}`);
    await exit(error instanceof UsageError ? EXIT.badUsage : EXIT.failed);
  }
}

type Found =
  | { readonly kind: 'command'; readonly name: string; readonly command: Command; readonly rest: readonly string[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'unknown' };

function findCommand(commands: ServiceDefinition['commands'], argv: readonly string[]): Found {
  if (argv[0] === 'help' || argv.includes('--help') || argv.includes('-h')) return { kind: 'help' };
  const words = argv.length === 0 || argv[0]?.startsWith('-') ? ['serve', ...argv] : argv;
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = commands[name];
    if (command) return { kind: 'command', name, command, rest: words.slice(length) };
  }
  return { kind: 'unknown' };
}

function finishUsage(definition: ServiceDefinition, kind: 'help' | 'unknown'): void {
  const stream = kind === 'help' ? process.stdout : process.stderr;
  stream.write(usage(definition));
  process.exitCode = kind === 'help' ? EXIT.ok : EXIT.badUsage;
}

function usage({ name, commands }: ServiceDefinition): string {
  const lines = Object.entries(commands).flatMap(([command, { summary, options }]) => [
    `  ${command.padEnd(24)}${summary}`,
    ...Object.entries(options).map(([option, spec]) => `      --${option.padEnd(18)}${spec.is}${necessity(spec)}`),
  ]);
  return `Commands of ${name}:\n${lines.join('\n')}\n`;
}

function necessity({ required, default: usual }: OptionSpec): string {
  if (required === true) return ' (required)';
  return usual === undefined ? '' : ` (default: ${usual})`;
}

function readOrExplain<Schema extends ConfigSchema>(name: string, schema: Schema) {
  try {
    return parseConfig(schema, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = EXIT.failed;
    return undefined;
  }
}

/** The first reason to end decides the exit code; the log is flushed before the process is gone. */
function exitOnce(log: Logger, shutdown: Shutdown): (code: number) => Promise<void> {
  let ending: Promise<void> | undefined;
  return (code) => {
    ending ??= shutdown.run().then((result) => {
      log.flush();
      process.exit(result.kind === 'clean' ? code : Math.max(code, EXIT.failed));
    });
    return ending;
  };
}

function watchProcess(log: Logger, exit: (code: number) => Promise<void>): void {
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(EXIT.failed);
      log.info({ signal }, 'shutting down');
      void exit(EXIT.ok);
    });
  }
  process.on('unhandledRejection', (error) => {
    log.fatal({ error }, 'unhandled rejection');
    void exit(EXIT.failed);
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'uncaught exception');
    void exit(EXIT.failed);
  });
}
