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
const SECRET_NAMES = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'apiKey',
  'sasl',
  '["set-cookie"]',
  '["proxy-authorization"]',
  '["x-api-key"]',
  '["ponte-between"]',
];

/** Nobody should log these, so this is the second line of defence: at the top and two levels down. */
const REDACTED = SECRET_NAMES.flatMap((name) =>
  name.startsWith('[') ? [name, `*${name}`, `*.*${name}`] : [name, `*.${name}`, `*.*.${name}`],
);

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
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: serializeError, err: serializeError },
      redact: { paths: REDACTED, censor: '[redacted]' },
      mixin: () => {
        const trace = currentTrace();
        return trace ? { traceId: trace.traceId } : {};
      },
    },
    options.stream ?? destination({ dest: 1, sync: false }),
  );
}

/** A field named `error` may also be a text that was chosen for the log. */
function serializeError(value: unknown): unknown {
  return isError(value) ? describeError(value) : value;
}

/** A logger that says nothing, for tests and for libraries that were given none. */
export const silentLogger: Logger = pino({ level: 'silent' });
