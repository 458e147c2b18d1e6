import { of, partitions, type Instance, type Process, type World } from './world.js';

export function killProcess(world: World, process: Process): boolean {
  if (!process.alive) return false;
  Object.assign(process, {
    alive: false,
    unaware: false,
    transaction: null,
    session: null,
    ticket: null,
    gateOpen: false,
  });
  world.tell?.(`${process.name} IS KILLED`);
  return true;
}

export function startProcess(world: World, process: Process): boolean {
  if (process.alive) return false;
  process.alive = true;
  process.holder = `${process.name}${String(world.nextLife++)}`;
  process.connection = world.producer.connections;
  world.tell?.(`${process.name} starts again`);
  return true;
}

/** The group gives what it had to others. */
export function killInstance(world: World, index: number): boolean {
  const instance = world.instances[index];
  if (instance?.alive !== true) return false;
  instance.alive = false;
  forget(instance);
  for (const partition of partitions) if (world.owner[partition] === index) world.owner[partition] = null;
  world.tell?.(`${instance.name} IS KILLED`);
  return true;
}

export function startInstance(world: World, instance: Instance): boolean {
  if (instance.alive) return false;
  instance.alive = true;
  instance.connection = world.consumer.connections;
  world.tell?.(`${instance.name} starts again`);
  return true;
}

function forget(instance: Instance): void {
  for (const partition of partitions) {
    instance.held[partition] = null;
    instance.buffer[partition] = [];
    instance.unmoved[partition] = null;
    instance.mustLook[partition] = false;
  }
}

export function leaseRunsOut(world: World): boolean {
  if (world.leaseExpired || world.producer.now.lease.holder === null) return false;
  world.leaseExpired = true;
  world.tell?.('time passes: the lease has run out');
  return true;
}

export function crashProducerDb(world: World): boolean {
  world.tell?.('THE PRODUCER’S POSTGRES IS KILLED');
  return producerWentBack(world, () => {
    world.producer.crash();
  });
}

export function restoreProducerDb(world: World, commits: number): boolean {
  if (world.producer.commits === 0) return false;
  world.tell?.(`THE PRODUCER’S DATABASE IS RESTORED as it was ${String(commits)} commits ago`);
  return producerWentBack(world, () => {
    world.producer.goBack(commits, false);
  });
}

export function failProducerOver(world: World, commits: number): boolean {
  if (world.producer.commits === 0) return false;
  world.tell?.(`THE PRODUCER’S POSTGRES FAILS OVER to one that lacks the last ${String(commits)} commits`);
  return producerWentBack(world, () => {
    world.producer.goBack(commits, true);
  });
}

/** The LISTEN past the pooler breaks and tells; until it does, everything goes to the new server as if it were the old. */
export function failProducerOverUnnoticed(world: World, commits: number): boolean {
  if (world.producer.commits === 0) return false;
  world.tell?.(`BEHIND A POOLER, Postgres fails over to one that lacks the last ${String(commits)} commits`);
  producerWentBack(world, () => {
    world.producer.goBack(commits, true);
  });
  for (const process of world.processes) {
    if (process.connection !== world.producer.connections - 1) continue;
    process.connection = world.producer.connections;
    process.unaware = true;
    process.transaction = null;
  }
  return true;
}

function producerWentBack(world: World, goBack: () => void): boolean {
  const { logs } = world.producer.now;
  goBack();
  const lost = partitions.some(
    (partition) => of(world.producer.now.logs, partition).length < of(logs, partition).length,
  );
  const at = partitions.map((partition) => {
    const log = of(world.producer.now.logs, partition);
    return log.map(({ position, id }) => `${String(position)}${id}`).join(' ') || 'nothing';
  });
  world.tell?.(`    its log is: ${at.join(' | ')}`);
  // A republish that was asked for and not done may be forgotten with the rest.
  world.promises = [];
  if (!lost) return true;
  world.damage.producer = true;
  for (const partition of partitions) world.endAtRestore[partition] = of(world.topic, partition).end;
  return true;
}

export function restoreConsumerDb(world: World, commits: number): boolean {
  if (world.consumer.commits === 0) return false;
  world.consumer.goBack(commits, false);
  const at = world.consumer.now.rows.map((row) => String(row?.position ?? 0)).join(' | ');
  world.tell?.(`THE CONSUMER’S DATABASE IS RESTORED as it was ${String(commits)} commits ago, at ${at}`);
  return true;
}

export function rewindGroup(world: World, partition: number): boolean {
  if (of(world.groupOffset, partition) === null) return false;
  world.groupOffset[partition] = null;
  world.tell?.(`THE GROUP’S OFFSET OF PARTITION ${String(partition)} IS DELETED`);
  return true;
}
