import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '@ponte/local';
import { startReceiver } from '@ponte/testing';
import { table } from '../table.js';
import { startTemporaryStack } from '../temporary-stack.js';
import { makeWorld } from '../world/world.js';
import { measureAccept, measureEmptyHandler, type AcceptFigures } from './accept.js';
import { measureLatency, measureThroughput, type LatencyFigures, type ThroughputFigures } from './end-to-end.js';
import { machineFacts } from './machine.js';

/** `npm run bench [-- --seconds 20 --payloads 10000]`: W1 and W2 on a stack of its own, every figure from this one run. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    payloads: { type: 'string', default: '10000' },
  },
});
const seconds = Number(values.seconds);
const startedMs = Date.now();
const say = (part: string, line: string) => {
  const at = `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
  process.stdout.write(`${at.padStart(8)}  ${part.padEnd(18)} ${line}\n`);
};
const ms = (value: number) => value.toFixed(1);

const temporary = await startTemporaryStack(say);
const { stack } = temporary;
const receiver = await startReceiver({ maxCalls: 1_000_000 });
const latencies: LatencyFigures[] = [];
let throughput: ThroughputFigures;
let empty: AcceptFigures;
let beside: AcceptFigures;
let alone: AcceptFigures;
try {
  say('bench', 'making four workspaces, each with one integration in and one out');
  const world = await makeWorld(stack, receiver, {
    workspaces: 4,
    mode: 'create_or_update',
    triggers: ['DealCreated'],
  });
  const [hookUrl] = world.hookUrls;
  if (hookUrl === undefined) throw new Error('The world has no hook URL.');

  say('W2', 'warming up: 1,000 payloads');
  await measureThroughput(world.hookUrls, receiver, { payloads: 1000, connections: 32 });
  for (const perSecond of [50, 200]) {
    say('W2', `open loop, ${String(perSecond)}/s for ${String(seconds * 1.5)} s`);
    latencies.push(await measureLatency(world.hookUrls, receiver, { perSecond, seconds: seconds * 1.5 }));
  }
  say('W2', `closed loop, ${values.payloads} payloads`);
  throughput = await measureThroughput(world.hookUrls, receiver, {
    payloads: Number(values.payloads),
    connections: 64,
  });

  const shape = { connections: 64, seconds };
  say('W1', `an empty handler, 64 connections, ${String(seconds)} s`);
  empty = await measureEmptyHandler(shape);
  say('W1', 'ingress beside the running system');
  beside = await measureAccept(hookUrl, shape);
  say('W1', 'ingress alone');
  await stack.process('dispatcher').stop();
  await stack.process('deals').stop();
  alone = await measureAccept(hookUrl, shape);
} finally {
  await receiver.close();
  await temporary.stop();
}

const machine = machineFacts();
const share = (figures: AcceptFigures) => `${((100 * figures.perSecond) / empty.perSecond).toFixed(0)} %`;
const acceptRow = (name: string, figures: AcceptFigures) => [
  name,
  figures.perSecond.toFixed(0),
  share(figures),
  ms(figures.latencyMs.p50),
  ms(figures.latencyMs.p95),
  ms(figures.latencyMs.p99),
  figures.not200,
];
process.stdout.write(
  [
    '',
    Object.entries(machine)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(', '),
    '',
    'W1 accept, 1 KB JSON, durable',
    table(
      ['', 'accepted/s', 'of empty', 'p50 ms', 'p95 ms', 'p99 ms', 'not 200'],
      [acceptRow('empty handler', empty), acceptRow('ingress, all running', beside), acceptRow('ingress alone', alone)],
    ),
    '',
    'W2 end to end, payload posted to receiver called',
    table(
      ['', 'sent', 'arrived', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
      latencies.map(({ perSecond, sent, arrived, latencyMs }) => [
        `open loop ${String(perSecond)}/s`,
        sent,
        arrived,
        ms(latencyMs.p50),
        ms(latencyMs.p95),
        ms(latencyMs.p99),
        ms(latencyMs.max),
      ]),
    ),
    `closed loop: ${String(throughput.arrived)} of ${String(throughput.payloads)} arrived, ` +
      `${throughput.acceptedPerSecond.toFixed(0)} accepted/s, ${throughput.deliveredPerSecond.toFixed(0)} delivered/s`,
    '',
  ].join('\n'),
);
mkdirSync(join(ROOT, '.reports'), { recursive: true });
const file = join(ROOT, '.reports', 'bench.json');
writeFileSync(file, `${JSON.stringify({ machine, empty, beside, alone, latencies, throughput }, null, 2)}\n`);
process.stdout.write(`\nThe figures as JSON: ${file}\n`);
