import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockDirectory } from '@ponte/native-servers';
import { inboundFixture, startReceiver, type InboundFixture } from '@ponte/testing';
import { colorsFor, talker, type Colors } from '../console.js';
import { freePorts } from '../plan.js';
import { ROOT } from '../root.js';
import { makeSecrets } from '../secrets.js';
import { chooseSources } from '../sources.js';
import { stopSignal } from '../stop-signal.js';
import { startStack, type Say, type Stack } from '../stack.js';
import { apiFor } from '../api.js';
import { callsMissing, countDeliveries, missingOf } from './check.js';
import { Follower } from './follow.js';
import { renderIntroduction, renderJourney, renderVerdict } from './render.js';
import { setUp } from './set-up.js';
import { STEPS } from './story.js';

/**
 * `npm run demo`: a fresh stack on free ports (beside whatever else runs), a workspace, integrations, eight recorded
 * payloads, and each one's way to the receivers. The state lies in `.ponte/demo`, made anew each time.
 *
 * @param began when the command began, milliseconds since the epoch
 * @returns 0 only when every expected outcome and delivery was seen
 */
export async function demo(began = Date.now()): Promise<number> {
  const colors = colorsFor(process.stdout);
  const say = talker(process.stdout, colors);
  const folder = join(ROOT, '.ponte', 'demo');
  mkdirSync(folder, { recursive: true });
  const lock = await lockDirectory(folder, 'The demo', (line) => {
    say('demo', line);
  });
  const stop = stopSignal('The demo was stopped.');
  let stack: Stack | null = null;
  try {
    stack = await freshStack(join(folder, 'state'), say, stop);
    return await show(stack, say, colors, began, stop);
  } finally {
    if (stack !== null) {
      say('demo', 'stopping');
      await stack.stop();
    }
    lock.release();
  }
}

async function freshStack(stateDir: string, say: Say, signal: AbortSignal): Promise<Stack> {
  rmSync(stateDir, { recursive: true, force: true });
  if (process.env['KAFKA_BROKERS'] || process.env['DATABASE_URL_INGRESS']) {
    say(
      'demo',
      'KAFKA_BROKERS and DATABASE_URL_* are left alone: the demo needs servers that are empty, and starts its own',
    );
  }
  const own = Object.entries(process.env).filter(([name]) => name !== 'KAFKA_BROKERS' && !name.startsWith('DATABASE_'));
  const sources = await chooseSources(Object.fromEntries(own));
  if (sources.notice !== null) say('demo', sources.notice);
  const { kafka, postgres } = sources;
  const plan = { stateDir, kafka, postgres, ports: await freePorts(), secrets: makeSecrets(), env: {} };
  return startStack({ plan, say, throwAway: true, signal });
}

async function show(stack: Stack, say: Say, colors: Colors, began: number, signal: AbortSignal): Promise<number> {
  const receiver = await startReceiver();
  say('receiver', `listening on ${receiver.url}`);
  try {
    const workspace = await stack.createWorkspace({
      name: 'Demo',
      timeZone: 'America/Sao_Paulo',
      country: 'BR',
      currency: 'BRL',
    });
    say('demo', `workspace ${workspace.id}`);
    const api = apiFor(stack.apiUrls, await stack.token(workspace.id));
    const made = await setUp(api, receiver.url, (line) => {
      say('demo', line);
    });
    const follower = new Follower(api, made, receiver);
    process.stdout.write(`${renderIntroduction(colors)}\n`);
    const missing: string[] = [];
    let deliveries = 0;
    for (const [index, step] of STEPS.entries()) {
      signal.throwIfAborted();
      const fixture = inboundFixture(step.fixture);
      const journey = await follower.follow(step, fixture);
      deliveries += countDeliveries(journey);
      const absent = missingOf(step, journey);
      missing.push(...absent.map((each) => `${String(index + 1)} ${fixture.tool}: ${each}`));
      const heading = { number: index + 1, tool: fixture.tool, format: formatOf(fixture), shows: step.shows };
      process.stdout.write(`${renderJourney(heading, journey, absent, colors)}\n`);
    }
    missing.push(...callsMissing(STEPS, receiver.total));
    const seconds = (Date.now() - began) / 1000;
    const counts = { payloads: STEPS.length, deliveries, seconds };
    process.stdout.write(`\n${renderVerdict(counts, missing, colors)}\n\n`);
    if (missing.length > 0) say('demo', `the logs: ${join(stack.plan.stateDir, 'logs')}`);
    return missing.length === 0 ? 0 : 1;
  } finally {
    await receiver.close();
  }
}

function formatOf(fixture: InboundFixture): string {
  return fixture.request.headers['content-type']?.includes('form-urlencoded') ? 'form-encoded' : 'JSON';
}
