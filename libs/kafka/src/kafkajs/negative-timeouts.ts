import process from 'node:process';

const WARNING = 'TimeoutNegativeWarning';

/**
 * kafkajs asks timers to wait a negative time before every first request of a connection (its "throttled until" starts
 * at -1), and Node warns of the first of them on stderr, over whatever a command prints. It means nothing: such a timer
 * fires at once, as kafkajs expects. Every other warning passes.
 */
export function silenceNegativeTimeouts(): void {
  const emitWarning = process.emitWarning.bind(process);
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] === WARNING) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  process.emitWarning = filtered;
}
