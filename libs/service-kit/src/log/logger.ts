import { hostname } from 'node:os';
import { destination, pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { isError } from '../database/index.js';
import { currentTrace } from '../tracing/index.js';
import { describeError } from './describe-error.js';

/** The log of a service: one JSON object a line. `fields` first, then a short constant message. */
export type Logger = PinoLogger;

/** From the most silent to the most talkative. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Who writes the log, and how much of it. */
export interface LoggerOptions {
  /** The service. */
  readonly name: string;
  readonly level: LogLevel;
  /** Tells instances apart; default `<hostname>-<pid>`. */
  readonly instance?: string;
  /** Default: stdout. */
  readonly stream?: DestinationStream;
}

/** Names under which secrets travel in headers, settings and tokens. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'sasl',
  'set-cookie',
  'proxy-authorization',
  'x-api-key',
  'ponte-between',
]);

/** Lines are written many at a time: writing each by itself costs more than making it. What ends the process flushes them. */
const WRITTEN_AT_ONCE = 8_192;
const LATEST_MS = 100;

/** How deep secrets are looked for: at the top and two levels down. */
const DEEPEST = 2;

/**
 * Nobody should log secrets, so this is the second line of defence. Own code, as the lines of the hot paths pass here:
 * pino's redaction goes through the object once for each path, which took a tenth of ingress' time.
 */
function withoutSecrets(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let clean = fields;
  for (const [name, value] of Object.entries(fields)) {
    let shown = value;
    if (SECRET_NAMES.has(name)) shown = '[redacted]';
    else if (depth < DEEPEST && isPlain(value)) shown = withoutSecrets(value, depth + 1);
    if (shown === value) continue;
    if (clean === fields) clean = { ...fields };
    clean[name] = shown;
  }
  return clean;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !isError(value)
  );
}

/**
 * A pino logger to stdout. Lines carry `service`, `instance` and, inside a trace, `traceId`; errors under `error` or
 * `err` are described without the data that drivers attach to them; secrets under their usual names are redacted.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.name, instance: options.instance ?? `${hostname()}-${String(process.pid)}` },
      timestamp: pino.stdTimeFunctions.isoTime,
      messageKey: 'message',
      errorKey: 'error',
      formatters: { level: (label) => ({ level: label }), log: (fields) => withoutSecrets(fields) },
      serializers: { error: serializeError, err: serializeError },
      mixin: () => {
        const trace = currentTrace();
        return trace ? { traceId: trace.traceId } : {};
      },
    },
    options.stream ?? destination({ dest: 1, sync: false, minLength: WRITTEN_AT_ONCE, periodicFlush: LATEST_MS }),
  );
}

/** A field named `error` may also be a text that was chosen for the log. */
function serializeError(value: unknown): unknown {
  return isError(value) ? describeError(value) : value;
}

/** A logger that says nothing, for tests and for libraries that were given none. */
export const silentLogger: Logger = pino({ level: 'silent' });
