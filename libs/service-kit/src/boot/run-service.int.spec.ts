import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';

/** A process runs what `tsc` made of the fixture; integration tests are run after a build. */
const FIXTURE = fileURLToPath(new URL('../../dist/boot/run-service.fixture.js', import.meta.url));

interface Running {
  child: ChildProcess;
  output(): string;
  errors(): string;
  exit: Promise<number | null>;
}

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [FIXTURE, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  children.push(child);
  const texts = { output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.errors += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  return { child, exit, output: () => texts.output, errors: () => texts.errors };
}

async function serving(env: Record<string, string> = {}): Promise<Running & { base: string }> {
  const running = run([], env);
  for (let waited = 0; waited < 20_000; waited += 20) {
    const port = /"port":(\d+)/.exec(running.output())?.[1];
    if (port !== undefined && running.output().includes('service is up')) {
      return { ...running, base: `http://127.0.0.1:${port}` };
    }
    await sleep(20);
  }
  throw new Error(`It did not start: ${running.output()}${running.errors()}`);
}

describe('a service process', () => {
  it('answers the request in flight after SIGTERM, flushes its parts and exits 0', async () => {
    const { base, child, exit, output } = await serving();
    const inFlight = fetch(`${base}/slow`);
    await sleep(100);
    child.kill('SIGTERM');
    expect(await (await inFlight).json()).toEqual({ slow: true });
    expect(await exit).toBe(0);
    expect(output()).toContain('"message":"flushed"');
    expect(output()).toContain('"outcome":"clean"');
  });

  it('exits 1 at the hard limit, naming what did not end', async () => {
    const { child, exit, output } = await serving({ STUCK: 'true', SHUTDOWN_SECONDS: '1' });
    child.kill('SIGINT');
    expect(await exit).toBe(1);
    expect(output()).toContain('"unfinished":["stuck"]');
  });

  it('ends at once on a second signal', async () => {
    const { child, exit } = await serving({ STUCK: 'true' });
    child.kill('SIGINT');
    await sleep(100);
    child.kill('SIGINT');
    expect(await exit).toBe(1);
  });

  it.each(['crash', 'reject'])('logs what nobody handled (%s), still flushes, and exits 1', async (how) => {
    const { base, exit, output } = await serving();
    await fetch(`${base}/${how}`);
    expect(await exit).toBe(1);
    expect(output()).toContain('"level":"fatal"');
    expect(output()).toContain('on purpose');
    expect(output()).toContain('"message":"flushed"');
  });
});

describe('a command', () => {
  it('of two words runs with its typed options and ends', async () => {
    const { exit, output, errors } = run(['workspace', 'create', '--name', 'Loja'], { PUBLIC_URL: 'https://x' });
    expect(await exit).toBe(0);
    expect(errors()).toBe('');
    expect(JSON.parse(output())).toEqual({ name: 'Loja', url: 'https://x' });
  });

  it('that lacks settings names all of them and exits 1', async () => {
    const { exit, errors } = run(['workspace', 'create', '--name', 'Loja'], { LOG_LEVEL: 'loud' });
    expect(await exit).toBe(1);
    expect(errors()).toContain('LOG_LEVEL   must be one of');
    expect(errors()).toContain('PUBLIC_URL  is missing: where tools reach the hooks');
  });

  it('that lacks an option, or does not exist, explains itself and exits 2', async () => {
    const [lacking, unknown] = [run(['workspace', 'create'], { PUBLIC_URL: 'https://x' }), run(['destroy'])];
    expect([await lacking.exit, await unknown.exit]).toEqual([2, 2]);
    expect(lacking.errors()).toContain("--name is missing: the workspace's name");
    expect(unknown.errors()).toContain('workspace create');
  });

  it('that is asked for help gives it, saying which options it must have', async () => {
    const { exit, output, errors } = run(['workspace', 'create', '--help']);
    expect([await exit, errors()]).toEqual([0, '']);
    expect(output()).toContain("--name              the workspace's name (required)");
  });

  it('that fails says why in the log and exits 1', async () => {
    const { exit, errors } = run(['fail']);
    expect(await exit).toBe(1);
    expect(errors()).toContain('failed on purpose');
  });
});
