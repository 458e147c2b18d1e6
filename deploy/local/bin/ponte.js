#!/usr/bin/env node
/**
 * `npm start` and `npm run demo`: builds what has changed (nx caches the rest), then runs the built command. Plain
 * JavaScript, as it must run from a fresh clone.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const projects = ['@ponte/ingress', '@ponte/deals', '@ponte/dispatcher', '@ponte/local'];
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
      say(`nx cannot be run (${error.message}): run \`npm ci\` first`);
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
  const began = Date.now();
  const code = process.env.PONTE_SKIP_BUILD ? 0 : await build();
  if (code !== 0) {
    say('the build failed: see above');
    return 1;
  }
  say(`done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  if (command === 'start') return (await import('../dist/start.js')).start(args);
  if (command === 'demo') return (await import('../dist/demo/demo.js')).demo(args, began);
  say(`unknown command ${command}: start or demo`);
  return 2;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
