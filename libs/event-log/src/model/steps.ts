import { askForAdoption } from './adoption.js';
import * as consumer from './consumer.js';
import * as faults from './faults.js';
import { bitOf, type Kind } from './kinds.js';
import * as operator from './operator.js';
import * as producer from './producer.js';
import * as relay from './relay.js';
import * as topic from './topic.js';
import { of, partitions, type World } from './world.js';

/** Does its step if it can be done now; false when it can't. */
export type Step = (world: World) => boolean;

/** What a step is done to: the processes, the instances. */
const both = [0, 1] as const;

function byProcess(step: (world: World, process: World['processes'][number]) => boolean): Step[] {
  return both.map((index) => (world) => {
    const process = world.processes[index];
    return process !== undefined && step(world, process);
  });
}

function byInstance(step: (world: World, instance: World['instances'][number], index: number) => boolean): Step[] {
  return both.map((index) => (world) => {
    const instance = world.instances[index];
    return instance !== undefined && step(world, instance, index);
  });
}

function byPartition(step: (world: World, partition: number) => boolean): Step[] {
  return partitions.map((partition) => (world) => step(world, partition));
}

/** What happens by itself, sooner or later, when nothing fails any more. */
export const fairSteps: readonly Step[] = [
  ...byProcess(faults.startProcess),
  ...byProcess(producer.noticeLoss),
  ...byProcess(producer.commitAppend),
  ...byProcess(producer.lookAtGate),
  ...byProcess(relay.renew),
  ...byProcess(relay.watchEnd),
  ...byProcess(relay.takeFresh),
  ...byProcess(relay.goOn),
  ...byProcess((world, process) => relay.send(world, process, 'answered')),
  ...byProcess(relay.saveCheckpoints),
  ...byProcess(relay.takeLease),
  (world) => topic.lateRequestArrives(world, false),
  ...byInstance(faults.startInstance),
  ...byInstance(consumer.noticeLoss),
  ...byInstance((world, _, index) =>
    partitions.some((partition) => world.owner[partition] === null && consumer.assign(world, index, partition)),
  ),
  ...byInstance((world, _, index) => partitions.some((partition) => consumer.revoke(world, index, partition))),
  ...byInstance(consumer.moveRows),
  ...byInstance(consumer.lookAtRows),
  ...byInstance((world, instance) => consumer.take(world, instance, 'committed')),
  ...byInstance(consumer.fetch),
];

/** Time passes only for a lease that nobody uses. */
export const leaseOfNobodyRunsOut: Step = (world) => {
  const { holder, epoch } = world.producer.now.lease;
  const isUsed = world.processes.some((process) => process.holder === holder && process.session?.epoch === epoch);
  return !isUsed && faults.leaseRunsOut(world);
};

type Choice = readonly [kind: Kind, steps: readonly Step[]];

const often = (times: number, [kind, steps]: Choice): Choice[] => Array.from({ length: times }, () => [kind, steps]);

const appends: Choice = [
  'work',
  [
    ...byProcess((world, process) => producer.beginAppend(world, process, 0, 1)),
    ...byProcess((world, process) => producer.beginAppend(world, process, 1, 1)),
    ...byProcess((world, process) => producer.beginAppend(world, process, 0, 2)),
    ...byProcess(producer.commitAppend),
    ...byProcess(producer.commitAppend),
  ],
];

const sends = (outcomes: readonly relay.SendOutcome[]): Step[] =>
  outcomes.flatMap((outcome) => byProcess((world, process) => relay.send(world, process, outcome)));

const mishaps: readonly Choice[] = [
  ['rollback', byProcess(producer.rollBackAppend)],
  ['failed send', sends(['answer lost', 'partly written', 'not written', 'still under way'])],
  ['failed transaction', byInstance((world, instance) => consumer.take(world, instance, 'answer lost'))],
  ['failed transaction', byInstance((world, instance) => consumer.take(world, instance, 'failed'))],
  ['assignment', byInstance((world, _, index) => consumer.assign(world, index, 0))],
  ['assignment', byInstance((world, _, index) => consumer.assign(world, index, 1))],
  ['killed process', byProcess(faults.killProcess)],
  ['killed instance', byInstance((world, _, index) => faults.killInstance(world, index))],
  ['lost lease', [faults.leaseRunsOut]],
  ['late request', [(world) => topic.lateRequestArrives(world, true), ...byProcess(relay.sendWithoutWaiting)]],
  ['group offset', byPartition(faults.rewindGroup)],
  ['republish', byPartition((world, partition) => operator.republish(world, partition, nextOf(world, partition)))],
  ['republish', byPartition((world, partition) => operator.republish(world, partition, 1))],
  ['adopt', Array.from({ length: 12 }, () => askForAdoption)],
  ['resume', byPartition(operator.accept)],
  ['resume', byPartition((world, partition) => operator.resume(world, partition, republishedAt(world, partition)))],
  ['resume', byPartition((world, partition) => operator.resume(world, partition, null))],
  ['resume', byProcess(relay.lookWhileHalted)],
];

/** These are rare: after a few of them in one schedule little is left to see. */
const losses: readonly Choice[] = [
  ['postgres crash', [faults.crashProducerDb]],
  ['failover', [1, 3].map((commits) => (world: World) => faults.failProducerOver(world, commits))],
  ['unnoticed failover', [1, 3].map((commits) => (world: World) => faults.failProducerOverUnnoticed(world, commits))],
  ['producer restored', [4, 10].map((commits) => (world: World) => faults.restoreProducerDb(world, commits))],
  ['consumer restored', [1, 4].map((commits) => (world: World) => faults.restoreConsumerDb(world, commits))],
  ['topic recreated', [topic.recreate]],
  ['topic lost its end', byPartition((world, partition) => topic.loseTail(world, partition, 1))],
  ['retention', byPartition((world, partition) => topic.expire(world, partition, 1))],
  ['retention', byPartition((world, partition) => topic.expire(world, partition, 100))],
];

function nextOf(world: World, partition: number): number {
  return (of(world.consumer.now.rows, partition)?.position ?? 0) + 1;
}

function republishedAt(world: World, partition: number): bigint | null {
  return of(world.producer.now.checkpoints, partition).republishOffset;
}

/** The steps that a schedule picks from, those that just work first; what stands here more often happens more often. */
const menu: readonly { readonly bit: number; readonly step: Step }[] = [
  ...often(20, ['work', fairSteps]),
  ...often(12, appends),
  ...often(9, ['work', sends(['answered'])]),
  ...mishaps.flatMap((choice) => often(4, choice)),
  ...losses.flatMap((choice) => often(2, choice)),
].flatMap(([kind, steps]) => steps.map((step) => ({ bit: bitOf(kind), step })));

export const MENU_SIZE = menu.length;

/** Tries the step at a place of the menu, where its kind is among those of the schedule. */
export function tryStep(world: World, kinds: number, place: number): void {
  const entry = menu[place];
  if (entry !== undefined && (entry.bit & ~kinds) === 0) entry.step(world);
}
