#!/usr/bin/env node
/**
 * `npm test`: every check and every test of the repository, cheapest first, against one real Kafka and one real Postgres.
 * It runs them all even when one fails, and ends with the counts taken from jest's own reports (`.reports/summary.json`).
 * `npm test -- unit int` runs those steps alone.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const reports = `${root}.reports/`;
const say = (line) => process.stdout.write(`${line}\n`);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

const steps = [
  { name: 'build', command: ['nx', 'run-many', '-t', 'build', '--outputStyle=static'] },
  { name: 'lint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'format', command: ['prettier', '--check', '.'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  {
    name: 'architecture',
    command: ['depcruise', '--config', '.dependency-cruiser.js', 'libs', 'services', 'deploy'],
  },
  { name: 'unit', tests: true, command: nxTests('test:unit', 2) },
  { name: 'int', tests: true, servers: true, command: nxTests('test:int', 1) },
  { name: 'e2e', tests: true, servers: true, command: nxTests('test:e2e', 1) },
];

function nxTests(target, parallel) {
  return ['nx', 'run-many', '-t', target, `--parallel=${parallel}`, '--nxBail=false', '--outputStyle=static'];
}

/** Runs a command to its end, its output passed through. Resolves with its exit code. */
function run(command, env) {
  const [file, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', env: { ...process.env, NX_TUI: 'false', ...env } });
    child.on('error', (error) => {
      say(`${file}: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

/** Starts the servers that the tests share. They print `NAME=value` lines once they are up and stay until SIGTERM. */
function startServers() {
  if (process.env.KAFKA_BROKERS && process.env.DATABASE_URL) {
    return Promise.resolve({ env: {}, stop: () => Promise.resolve() });
  }
  const child = spawn('node', [`${root}libs/testing/dist/serve.js`], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  process.once('exit', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    const env = {};
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the test servers ended with code ${code}: see the lines above`)));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      for (const [, name, value] of text.matchAll(/^(?:export )?([A-Z_]+)='?([^'\n]+)'?$/gm)) env[name] = value;
      if (env.KAFKA_BROKERS && env.DATABASE_URL) resolve({ env, stop });
    });
  });
}

/** The packages that have tests of a kind: each writes `.reports/<kind>.json`, which nx keeps with a cached result. */
function reportsOf(kind) {
  return globSync('{libs,services,deploy}/*/package.json', { cwd: root })
    .filter((file) => `test:${kind}` in JSON.parse(readFileSync(root + file, 'utf8')).scripts)
    .map((file) => `${root}${dirname(file)}/.reports/${kind}.json`);
}

/** What jest reported of one kind of test; a suite that could not run counts as a failure, and so does a missing report. */
function countsOf(kind) {
  let passed = 0;
  const failures = [];
  for (const file of reportsOf(kind)) {
    if (!existsSync(file)) {
      failures.push({ test: file, message: 'The report is missing: those tests did not run to their end.' });
      continue;
    }
    const report = JSON.parse(readFileSync(file, 'utf8'));
    passed += report.numPassedTests;
    failures.push(...failuresOf(report));
  }
  return { passed, failed: failures.length, failures };
}

function failuresOf(report) {
  return report.testResults.flatMap((suite) => {
    const name = relative(root, suite.name);
    const failed = suite.assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && suite.status === 'failed') return [{ test: name, message: suite.message }];
    return failed.map((test) => ({ test: `${name}: ${test.fullName}`, message: test.failureMessages.join('\n') }));
  });
}

/** The failures once more at the end, where they are looked for: the output above is long. */
function sayFailures(failures) {
  for (const { test, message } of failures) {
    say(`\nFAILED  ${test}`);
    for (const line of stripVTControlCharacters(message).trim().split('\n').slice(0, 12)) say(`        ${line}`);
  }
}

async function main() {
  const asked = process.argv.slice(2);
  const names = steps.map((step) => step.name).join(', ');
  if (asked.includes('--help')) {
    say(`npm test [-- <step> ...]  runs these steps alone (all). Steps, cheapest first: ${names}.`);
    return 0;
  }
  const unknown = asked.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    say(`Unknown step ${unknown.join(', ')}. Steps: ${names}.`);
    return 2;
  }
  const wanted = steps.filter((step) => asked.length === 0 || asked.includes(step.name) || step.name === 'build');
  rmSync(reports, { recursive: true, force: true });
  for (const { name } of wanted) for (const file of reportsOf(name)) rmSync(file, { force: true });
  mkdirSync(reports, { recursive: true });

  const results = [];
  let servers;
  const began = Date.now();
  try {
    for (const [index, step] of wanted.entries()) {
      const since = Date.now();
      say(`\n── ${index + 1}/${wanted.length} ${step.name} ${'─'.repeat(60 - step.name.length)}`);
      if (step.servers && !servers) servers = await startServers();
      const code = await run(step.command, step.servers ? servers.env : {});
      const counts = step.tests ? countsOf(step.name) : { passed: 0, failed: 0, failures: [] };
      // A step can fail without a failed test: a lint error, or a runner that broke before it reported.
      if (code !== 0 && counts.failed === 0) counts.failed = 1;
      results.push({ ...step, code, ...counts, took: seconds(since) });
      if (step.name === 'build' && code !== 0) break;
    }
  } finally {
    await servers?.stop();
  }

  sayFailures(results.flatMap((result) => result.failures));
  say('');
  for (const result of results) {
    const outcome = result.code === 0 ? 'ok    ' : 'FAILED';
    const tests = result.tests ? `${result.passed} passed, ${result.failed} failed` : '';
    say(`${outcome}  ${result.name.padEnd(13)} ${result.took.padStart(8)}  ${tests}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  writeFileSync(`${reports}summary.json`, `${JSON.stringify({ passed, failed })}\n`);
  say(`\n${passed} passed, ${failed} failed in ${seconds(began)}`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
