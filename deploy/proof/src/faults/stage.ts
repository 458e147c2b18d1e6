import { setTimeout as sleep } from 'node:timers/promises';
import type { Disturbance } from '../audit/facts.js';
import type { Finding } from '../audit/findings.js';
import type { Ground } from './ground.js';
import type { Scene } from './scenario.js';

/** What happens while the load runs, on its clock. */
export class Stage {
  readonly disturbances: Disturbance[] = [];
  readonly done: string[] = [];
  readonly found: Finding[] = [];
  readonly saidLost = new Set<string>();
  private startedMs = 0;
  private load: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ground: Ground,
    private readonly loadMs: number,
    private readonly say: (line: string) => void,
  ) {}

  /** The load begins. */
  start(load: Promise<unknown>): Scene {
    this.startedMs = Date.now();
    this.load = load;
    return this.scene();
  }

  scene(): Scene {
    const { rig, world, receivers, observer } = this.ground;
    return {
      ...{ rig, world, receivers, observer },
      loadDone: this.load,
      say: this.say,
      expectTrue: (isSo, what) => {
        if (!isSo) this.found.push({ kind: 'answered_wrongly', ids: [what], traces: [] });
      },
      saidLost: (requestIds) => {
        for (const id of requestIds) this.saidLost.add(id);
      },
      until: (share) => sleep(Math.max(0, this.startedMs + share * this.loadMs - Date.now())).then(() => undefined),
      disturb: async (what, harm) => {
        const fromMs = Date.now();
        this.say(what);
        await harm();
        const toMs = Date.now();
        this.disturbances.push({ fromMs, toMs });
        const [at, took] = [fromMs - this.startedMs, toMs - fromMs].map((ms) => (ms / 1000).toFixed(1));
        this.done.push(this.startedMs === 0 ? what : `at ${at ?? ''} s for ${took ?? ''} s: ${what}`);
        this.say(`${what}: over after ${took ?? ''} s`);
      },
    };
  }
}
