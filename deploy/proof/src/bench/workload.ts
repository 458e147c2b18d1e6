import type { Say } from '@ponte/local';
import { startReceiver, type Receiver } from '@ponte/testing';
import { startRig, type Rig } from '../world/rig.js';
import { makeWorld, type World } from '../world/world.js';

/** What is measured under one name: `W1` accept, `W2` end to end … */
export interface Workload {
  readonly name: string;
  /** In a few words. */
  readonly is: string;
  /** Leaves every process running that it found running. */
  measure(bench: Bench): Promise<Measured>;
}

/** What a workload found, to read and as values. */
export interface Measured {
  /** Lines for people: a table with a title. */
  readonly text: string;
  readonly figures: object;
}

export interface Sizes {
  /** How long the loads last, where time is what bounds them. */
  readonly seconds: number;
  /** Payloads of a closed loop. */
  readonly payloads: number;
  /** Inbound records of a backlog. */
  readonly records: number;
  /** Deals that are there already, in growth; of half as many contacts. */
  readonly deals: number;
  /** Received requests that are there already, in growth; as many deliveries. */
  readonly requests: number;
}

/** One run: every workload measures the same processes, which are started when the first one asks for them. */
export class Bench {
  private started: Promise<Rig> | null = null;
  private listening: Promise<Receiver> | null = null;
  private made: Promise<World> | null = null;

  constructor(
    readonly say: Say,
    readonly sizes: Sizes,
  ) {}

  stack(): Promise<Rig> {
    this.started ??= startRig({ postgres: 'one', links: false }, this.say);
    return this.started;
  }

  receiver(): Promise<Receiver> {
    this.listening ??= startReceiver({ maxCalls: 1_000_000 });
    return this.listening;
  }

  /** Four workspaces, each with one integration in and one out, which calls the receiver. */
  world(): Promise<World> {
    this.made ??= this.makeWorld();
    return this.made;
  }

  async stop(): Promise<void> {
    await (await this.listening)?.close();
    await (await this.started)?.stop();
  }

  private async makeWorld(): Promise<World> {
    const { stack } = await this.stack();
    this.say('bench', 'making four workspaces, each with one integration in and one out');
    const shape = { workspaces: 4, mode: 'create_or_update', triggers: ['DealCreated'] } as const;
    return makeWorld(stack, await this.receiver(), shape);
  }
}
