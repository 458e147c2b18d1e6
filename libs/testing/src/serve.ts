import { parseArgs } from 'node:util';
import { startTestServers } from './servers.js';

/**
 * `node libs/testing/dist/serve.js [--data-dir <folder>]`: starts Kafka and Postgres on free ports, prints the two lines
 * to export, and stays until SIGTERM or Ctrl-C. Progress goes to stderr, so that stdout can be evaluated.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const servers = await startTestServers({
    log: say,
    ...(values['data-dir'] === undefined ? {} : { dataDir: values['data-dir'] }),
  });
  process.stdout.write(
    `export KAFKA_BROKERS=${servers.brokers.join(',')}\nexport DATABASE_URL=${servers.databaseUrl}\n`,
  );
  const stay = setInterval(() => undefined, 3_600_000);
  const stop = (): void => {
    clearInterval(stay);
    say('stopping');
    servers.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(String(error));
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
