import type { Disturbance } from '../audit/facts.js';
import type { Finding } from '../audit/findings.js';
import type { Observer } from '../audit/observer.js';
import type { Tally } from '../load/tally.js';
import type { FaultWorld } from '../world/fault-world.js';
import type { Receivers } from '../world/receivers.js';
import type { Rig, RigShape } from '../world/rig.js';

/** A record that a scenario put into a topic by hand says so itself: no log knows it. */
export const FOREIGN_HEADER = 'by-hand';

/** What a scenario works on while the load runs. */
export interface Scene {
  readonly rig: Rig;
  readonly world: FaultWorld;
  readonly receivers: Receivers;
  readonly observer: Observer;
  /** Waits until this share of the load's time has passed: 0 … 1. */
  until(share: number): Promise<void>;
  /** Resolves when every post has its 200 or was given up. */
  readonly loadDone: Promise<unknown>;
  /** Says it and does it. Calls that are in flight, or not yet recorded, meanwhile may come again. */
  disturb(what: string, harm: () => Promise<void>): Promise<void>;
  say(line: string): void;
  /** Requests that ingress itself says its database lost: they are named, not found. */
  saidLost(requestIds: readonly string[]): void;
  /** What must be so; where it is not, that is a finding. */
  expectTrue(isSo: boolean, otherwise: string): void;
}

/** What a scenario may judge beside the audit. */
export interface Measured {
  readonly tally: Tally;
  readonly disturbances: readonly Disturbance[];
}

/** Something bad that is done to a running system while load is on it. */
export interface Scenario {
  readonly name: string;
  /** How many times as long as usual the load lasts. Default 1. */
  readonly stretch?: number;
  /** How much of the asked rate the load has. Default 1. */
  readonly rate?: number;
  /** Goes before the load: what must be so when it begins. */
  before?(scene: Scene): Promise<void>;
  /** Does it, and resolves when everything runs again. */
  inject(scene: Scene): Promise<void>;
  /** Whether an instance of ingress could serve every post, so that one that no instance took is a finding. */
  readonly refusesNothing?: boolean;
  /** What else must have been so. */
  judge?(measured: Measured): readonly Finding[];
  /** How long nothing may move before what is missing counts as missing. Default 45 s. */
  readonly quietMs?: number;
}

/** Scenarios that share one installation, one after the other. */
export interface Group {
  readonly name: string;
  readonly shape: RigShape;
  /** Null: it can run here; else why not, in a sentence. */
  readonly cannotRun?: () => string | null;
  /** How much of the asked rate the load has, where the machine has more processes to carry. Default 1. */
  readonly rate?: number;
  /** Whether the load goes through a balancer over all instances of ingress. */
  readonly balanced?: boolean;
  /** Which receivers the workspaces call. Default: one that answers well. */
  readonly receivers?: 'well' | 'badly';
  readonly scenarios: readonly Scenario[];
}
