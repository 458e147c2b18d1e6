import { table } from '../table.js';
import { measureAccept, measureEmptyHandler, type AcceptFigures } from './accept.js';
import type { Bench, Measured, Workload } from './workload.js';

/** W1: how many payloads a second are made durable and answered. */
export const acceptWorkload: Workload = { name: 'W1', is: 'accept, 1 KB JSON, durable', measure };

async function measure(bench: Bench): Promise<Measured> {
  const { say, sizes } = bench;
  const { stack } = await bench.stack();
  const [hookUrl] = (await bench.world()).hookUrls;
  if (hookUrl === undefined) throw new Error('The world has no hook URL.');
  const shape = { connections: 64, seconds: sizes.seconds };
  say('W1', `an empty handler, 64 connections, ${String(sizes.seconds)} s`);
  const empty = await measureEmptyHandler(shape);
  say('W1', 'ingress beside the running system');
  const beside = await measureAccept(hookUrl, shape);
  say('W1', 'ingress alone');
  const others = [stack.process('dispatcher'), stack.process('deals')];
  for (const other of others) await other.stop();
  const alone = await measureAccept(hookUrl, shape);
  for (const other of others.reverse()) await other.start();
  return { text: textOf(empty, beside, alone), figures: { empty, beside, alone } };
}

function textOf(empty: AcceptFigures, beside: AcceptFigures, alone: AcceptFigures): string {
  const ms = (value: number) => value.toFixed(1);
  const row = (name: string, { perSecond, latencyMs, not200 }: AcceptFigures) => [
    ...[name, perSecond.toFixed(0), `${((100 * perSecond) / empty.perSecond).toFixed(0)} %`],
    ...[ms(latencyMs.p50), ms(latencyMs.p95), ms(latencyMs.p99), not200],
  ];
  return table(
    ['', 'accepted/s', 'of empty', 'p50 ms', 'p95 ms', 'p99 ms', 'not 200'],
    [row('empty handler', empty), row('ingress, all running', beside), row('ingress alone', alone)],
  );
}
