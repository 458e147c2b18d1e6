import { askForAdoption } from './adoption.js';
import { accept, republish, resume } from './operator.js';
import { of, partitions, Violation, type World } from './world.js';

/** More repairs than any loss takes. */
const MOST_ROUNDS = 12;

/**
 * An operator does what the reasons say, in their order, until nothing is stopped any more. Where the log went on
 * beside the topic (`different`, `fork`), only another backup helps, and the check stays halted.
 *
 * @param comeToRest everything that happens by itself
 */
export function repairAll(world: World, comeToRest: (world: World) => void): void {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (world.producer.now.checks.state === 'halted') {
      if (!reconcile(world, comeToRest)) return requireFork(world);
    }
    const stopped = partitions.filter((partition) => isStopped(world, partition));
    if (stopped.length === 0) return;
    for (const partition of stopped) repairPartition(world, partition, comeToRest);
  }
  throw new Violation('no repair helps');
}

/** The topic has what neither the log has nor can be put behind it. */
function requireFork(world: World): void {
  const isFork = world.topic.some(({ records }, partition) =>
    records.some((record) => of(world.producer.now.logs, partition).every(({ id }) => id !== record.id)),
  );
  if (!isFork) throw new Violation('the check stays halted, and no repair helps');
}

function isStopped(world: World, partition: number): boolean {
  return (of(world.consumer.now.rows, partition)?.status ?? 'running') !== 'running';
}

/** Takes back what the topic has, then sends again what it lacks. Answers whether log and topic agree then. */
function reconcile(world: World, comeToRest: (world: World) => void): boolean {
  if (askForAdoption(world)) comeToRest(world);
  if (world.producer.now.checks.state !== 'halted') return true;
  for (const partition of partitions) {
    const { position: sent } = of(world.producer.now.checkpoints, partition);
    const { position: head } = of(world.producer.now.heads, partition);
    const lacks = (of(world.consumer.now.rows, partition)?.position ?? 0) + 1;
    if (republish(world, partition, Math.min(lacks, sent + 1, head + 1))) comeToRest(world);
  }
  return world.producer.now.checks.state !== 'halted';
}

/** Republish and resume; where that does not bring what is missing, accept; where that is known already, pass it by. */
function repairPartition(world: World, partition: number, comeToRest: (world: World) => void): void {
  const before = of(world.consumer.now.rows, partition);
  const { position: head } = of(world.producer.now.heads, partition);
  if (before !== null && before.position < head && republish(world, partition, before.position + 1)) {
    comeToRest(world);
    const { republishOffset } = of(world.producer.now.checkpoints, partition);
    if (republishOffset !== null && resume(world, partition, republishOffset)) comeToRest(world);
  }
  const row = of(world.consumer.now.rows, partition);
  if (row === null || row.stop === null || row.position !== before?.position) return;
  if (accept(world, partition) || resume(world, partition, BigInt(row.stop.found.offset) + 1n)) comeToRest(world);
}
