import { type LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/**
 * Nest's own messages in the service's log. Its announcements while booting (each module, each route) are of use when
 * debugging only, so `log` becomes `debug`.
 */
export function nestLog(log: Logger): LoggerService {
  const write = (level: 'debug' | 'warn' | 'error' | 'fatal', message: unknown, rest: readonly unknown[]): void => {
    const error = message instanceof Error ? message : rest.find((item) => item instanceof Error);
    const texts = rest.filter((item) => typeof item === 'string');
    const context = texts.at(-1);
    const stack = level === 'error' && texts.length > 1 ? texts[0] : undefined;
    const text = message instanceof Error ? message.message : String(message);
    log[level]({ nest: context, ...(error ? { error } : {}), ...(stack ? { stack } : {}) }, text);
  };
  return {
    log: (message: unknown, ...rest: unknown[]) => {
      write('debug', message, rest);
    },
    debug: (message: unknown, ...rest: unknown[]) => {
      write('debug', message, rest);
    },
    verbose: (message: unknown, ...rest: unknown[]) => {
      write('debug', message, rest);
    },
    warn: (message: unknown, ...rest: unknown[]) => {
      write('warn', message, rest);
    },
    error: (message: unknown, ...rest: unknown[]) => {
      write('error', message, rest);
    },
    fatal: (message: unknown, ...rest: unknown[]) => {
      write('fatal', message, rest);
    },
  };
}
