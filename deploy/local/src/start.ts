import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { colorsFor, talker, type Colors } from './console.js';
import { LogTail, readLogLine } from './log-tail.js';
import { portsFromEnv } from './plan.js';
import { ROOT } from './root.js';
import { loadSecrets } from './secrets.js';
import type { Controlled } from './service-process.js';
import { ownWorkspace } from './own-workspace.js';
import { chooseSources } from './sources.js';
import { stopSignal } from './stop-signal.js';
import { startStack, type Say, type Stack, type Workspace } from './stack.js';

/**
 * `npm start [-- --logs]`: starts the stack and stays until Ctrl-C or SIGTERM. Services' warnings and errors show; with
 * `--logs` every line does. State lies in `.ponte` (or PONTE_STATE_DIR).
 */
export async function start(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { logs: { type: 'boolean', default: false } } });
  const colors = colorsFor(process.stdout);
  const say = talker(process.stdout, colors);
  const stop = stopSignal('Stopped before everything was up.');
  const stateDir = process.env['PONTE_STATE_DIR'] ?? join(ROOT, '.ponte');
  const sources = await chooseSources(process.env);
  if (sources.notice !== null) say('ponte', sources.notice);
  mkdirSync(stateDir, { recursive: true });
  const plan = {
    stateDir,
    kafka: sources.kafka,
    postgres: sources.postgres,
    ports: portsFromEnv(process.env),
    secrets: loadSecrets(stateDir, process.env),
    env: passedOn(process.env),
  };
  const stack = await startStack({ plan, say, signal: stop });
  const tail = new LogTail((part, line) => {
    const { level, text } = readLogLine(line);
    if (level !== 'info') say(part, level === 'error' ? colors.red(text) : colors.yellow(text));
    else if (values.logs) say(part, text);
  });
  try {
    writeCommandSettings(stack);
    const workspace = await ownWorkspace(stack);
    process.stdout.write(summary(stack, workspace, await stack.token(workspace.id), colors));
    for (const [name, server] of stack.processes) {
      if (name === 'kafka' || name === 'postgres') continue; // Theirs are long; they are named above.
      tail.follow(name, server.logFile);
    }
    for (const server of stack.processes.values()) void keepUp(server, say, stop);
    await until(stop);
    say('ponte', 'stopping (data is kept)');
  } finally {
    tail.close();
    await stack.stop();
  }
  return 0;
}

/** Resolves once the signal aborts. A signal handler alone keeps no process alive; this does. */
async function until(signal: AbortSignal): Promise<void> {
  const stay = setInterval(() => undefined, 3_600_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(stay);
}

/** Brings a process back that ended by itself, with growing pauses, and says so. */
async function keepUp(server: Controlled, say: Say, signal: AbortSignal): Promise<void> {
  for (let pauseMs = 1_000; ; pauseMs = Math.min(pauseMs * 2, 30_000)) {
    const { code, signal: killedBy } = await server.exited();
    if (signal.aborted) return;
    say(
      server.name,
      `ended (${killedBy ?? `exit code ${String(code)}`}); starting it again. Its log: ${server.logFile}`,
    );
    await sleep(pauseMs);
    try {
      if (!signal.aborted) await server.start();
      say(server.name, 'is back');
    } catch (error) {
      say(server.name, error instanceof Error ? error.message : String(error));
    }
  }
}

/** What of the environment is a matter of every service alike. */
function passedOn(env: NodeJS.ProcessEnv): Record<string, string> {
  const url = env['PUBLIC_URL'];
  return url ? { PUBLIC_URL: url } : {};
}

/** `deals.env`, for its owner alone: with `node --env-file` a command of the deals service meets this stack. */
function writeCommandSettings({ plan, brokers, databaseUrls }: Stack): void {
  const settings = { KAFKA_BROKERS: brokers, DATABASE_URL: databaseUrls.deals, JWT_SECRET: plan.secrets.jwtSecret };
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(join(plan.stateDir, 'deals.env'), lines.join(''), { mode: 0o600 });
}

/** What to know and to paste, once all is up. */
export function summary(stack: Stack, workspace: Workspace, token: string, colors: Colors): string {
  const api = (name: string, url: string): string =>
    `  ${name.padEnd(16)}${url}   ${colors.dim(`${url}/openapi.json`)}`;
  return [
    '',
    colors.bold(colors.green('Ponte runs.')) +
      ' Ctrl-C stops it; data, logs and secrets stay in ' +
      stack.plan.stateDir,
    '',
    `  ${'hooks'.padEnd(16)}${stack.hooksUrl}/in/<token of an inbound integration>`,
    api('ingress API', stack.apiUrls.ingress),
    api('deals API', stack.apiUrls.deals),
    api('dispatcher API', stack.apiUrls.dispatcher),
    `  ${'Kafka'.padEnd(16)}${stack.brokers}`,
    '',
    colors.bold('Token') + ` for the workspace "${workspace.name}" (${workspace.id}), role admin, valid for 30 days:`,
    '',
    token,
    '',
    colors.bold('Try it:'),
    '',
    `curl -s ${stack.apiUrls.deals}/v1/origin-groups -H 'content-type: application/json' -d '{"name":"Product X"}' \\`,
    `  -H 'authorization: Bearer ${token}'`,
    '',
    '',
  ].join('\n');
}
