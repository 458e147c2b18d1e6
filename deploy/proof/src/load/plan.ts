import { tools, type Tool } from './templates.js';

/** A payload that the load will post, and when: everything is decided by the seed before the first one is sent. */
export interface PlannedPayload {
  /** Milliseconds after the start at which it is due, whatever became of the ones before. */
  readonly dueMs: number;
  /** Index of the inbound integration in the world that the load runs against. */
  readonly target: number;
  /** Sent as `Idempotency-Key`, and in the payload where the tool names its events: a post without an answer is sent again with it. */
  readonly deliveryId: string;
  readonly body: string;
  /** Default: JSON. */
  readonly contentType?: string;
}

/** An integration that the load posts to. */
export interface LoadTarget {
  readonly preset: string;
  /** Index of its workspace: people belong to one. */
  readonly workspace: number;
}

export interface LoadShape {
  readonly seed: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly targets: readonly LoadTarget[];
  /** How many people the payloads are about, over all workspaces: fewer make longer sequences on one deal. */
  readonly people: number;
  /** Which share of the payloads is sent a second time on purpose: half of them at once, half of them later. */
  readonly repeated: number;
}

const LATER_MS = 3_000;

/** A small seeded generator (mulberry32): the same seed gives the same load on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Creates and updates of the same people, in sequence, told by several tools; every payload changes something, and some
 * are sent twice. In the order in which they are due.
 */
export function planLoad(shape: LoadShape): PlannedPayload[] {
  const random = seeded(shape.seed);
  const told = new Map<number, number>();
  const byWorkspace = Map.groupBy(shape.targets.keys(), (target) => shape.targets[target]?.workspace ?? 0);
  const workspaces = [...byWorkspace.values()];
  const planned = Array.from({ length: Math.round(shape.perSecond * shape.seconds) }, (_, index) => {
    const person = Math.floor(random() * shape.people);
    const sequence = (told.get(person) ?? 0) + 1;
    told.set(person, sequence);
    const targets = workspaces[person % workspaces.length] ?? [];
    const target = targets[Math.floor(random() * targets.length)] ?? 0;
    return {
      ...payloadOf(toolOf(shape.targets[target]), shape.seed, { person, sequence, index }),
      dueMs: (index * 1000) / shape.perSecond,
      target,
    };
  });
  const lastMs = shape.seconds * 1000;
  const again = planned.flatMap((payload) => {
    const chance = random();
    if (chance >= shape.repeated) return [];
    const laterMs = Math.min(payload.dueMs + LATER_MS, lastMs);
    return [{ ...payload, dueMs: chance < shape.repeated / 2 ? payload.dueMs : laterMs }];
  });
  return [...planned, ...again].sort((a, b) => a.dueMs - b.dueMs);
}

function payloadOf(tool: Tool, seed: number, one: { person: number; sequence: number; index: number }) {
  const number = `${String(seed)}.${String(one.person)}`;
  const deliveryId = `load-${String(seed)}-${String(one.index)}`;
  // Each seed has people of its own, so that scenarios one after the other begin with new contacts.
  const phone = `11${String(900_000_000 + ((seed * 100_003 + one.person) % 99_999_999))}`;
  const story = { name: `Pessoa ${number}`, email: `pessoa.${number}@example.com`, phone, deliveryId };
  return { deliveryId, contentType: tool.contentType, body: tool.tell({ ...story, sequence: one.sequence }) };
}

function toolOf(target: LoadTarget | undefined): Tool {
  const tool = tools.get(target?.preset ?? '');
  if (tool === undefined) throw new Error(`The load has no payload for the preset "${target?.preset ?? ''}".`);
  return tool;
}
