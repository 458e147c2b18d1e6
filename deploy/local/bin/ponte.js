#!/usr/bin/env node
/**
 * `npm start` and `npm run demo`: builds what has changed (nx caches the rest), then runs the built command. Plain
 * JavaScript, as it must run from a fresh clone.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const projects = ['@ponte/ingress', '@ponte/deals', '@ponte/dispatcher', '@ponte/local'];
const HELP = `npm start [-- --logs]  starts Kafka, Postgres and the services, and stays up until Ctrl-C; --logs shows all that they log
npm run demo           the same on free ports, with payloads of real tools and each one's way to a receiver

npm start reads from the environment, besides the settings of the services:
  HOOKS_PORT, INGRESS_PORT, DEALS_PORT, DISPATCHER_PORT  other ports than 8080, 8090, 8091 and 8092
  PONTE_STATE_DIR                                        where data, logs and secrets lie (.ponte)
  KAFKA_BROKERS                                          a Kafka of yours
  DATABASE_URL_INGRESS, _DEALS, _DISPATCHER              Postgres databases of yours`;
const OPTIONS = new Map([
  ['start', ['--logs']],
  ['demo', []],
]);
const say = (line) => process.stdout.write(`${'build'.padEnd(18)} │ ${line}\n`);

/** Builds, one line for each package that was really built. Resolves with nx's exit code. */
function build() {
  say('building (what has not changed comes from the cache)');
  const nx = spawn('nx', ['run-many', '-t', 'build', '-p', projects.join(','), '--outputStyle=static'], {
    cwd: root,
    // Ctrl-C is for this process; a daemon would outlive it.
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let line = '';
  const take = (chunk) => {
    output += chunk;
    line += chunk;
    const lines = line.split('\n');
    line = lines.pop();
    for (const each of lines) {
      const built = /nx run (@ponte\/[\w-]+):build$/.exec(each.trim());
      if (built) say(`  ${built[1]}`);
    }
  };
  nx.stdout.on('data', take);
  nx.stderr.on('data', take);
  return new Promise((resolve) => {
    nx.on('error', (error) => {
      say(`nx cannot be run (${error.message}): run \`npm ci\`, then \`npm start\` or \`npm run demo\``);
      resolve(1);
    });
    nx.on('close', (code) => {
      if (code !== 0) process.stdout.write(output);
      resolve(code ?? 1);
    });
  });
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  const known = OPTIONS.get(command);
  if (known === undefined || args.includes('--help')) {
    process.stdout.write(`${HELP}\n`);
    return known === undefined ? 2 : 0;
  }
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) {
    process.stderr.write(`There is no ${unknown} (--help lists what there is)\n`);
    return 2;
  }
  const began = Date.now();
  const code = process.env.PONTE_SKIP_BUILD ? 0 : await build();
  if (code !== 0) {
    say('the build failed: see above');
    return 1;
  }
  say(`done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (command === 'start') return (await import('../dist/start.js')).start(args);
  return (await import('../dist/demo/demo.js')).demo(began);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
