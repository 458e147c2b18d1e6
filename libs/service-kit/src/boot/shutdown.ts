import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log/index.js';

/**
 * The order in which a service ends. Each step waits for all of the one before: first it stops taking, then it finishes
 * what it has, and what everything needs goes last.
 */
export const SHUTDOWN_STEPS = ['announce', 'listeners', 'consumers', 'flush', 'connections'] as const;
export type ShutdownStep = (typeof SHUTDOWN_STEPS)[number];

/** How an orderly end went. */
export type ShutdownResult = { readonly kind: 'clean' } | { readonly kind: 'failed' } | { readonly kind: 'timed_out' };

interface Ending {
  readonly name: string;
  readonly end: () => unknown;
}

/** What has to be ended, and in which order. Filled while a service starts, so it also ends one that started halfway. */
export class Shutdown {
  private readonly endings = new Map<ShutdownStep, Ending[]>();
  private readonly aborting = new AbortController();
  private running: Promise<ShutdownResult> | undefined;

  constructor(
    private readonly log: Logger,
    /** The hard limit for everything, in ms. */
    private readonly limitMs: number,
    /** How loudly a clean end is told: a task that is done has nothing to add to its result. */
    private readonly cleanLevel: 'info' | 'debug' = 'info',
  ) {}

  /** Aborted when the end begins, for loops and waits that should not go on. */
  get signal(): AbortSignal {
    return this.aborting.signal;
  }

  /**
   * - `announce`: readiness turns false
   * - `listeners`: sockets close and requests in flight are answered
   * - `consumers`: batches in hand are finished and partitions given back
   * - `flush`: what is still to be sent or written goes out
   * - `connections`: pools and producers close
   *
   * Endings of one step run at the same time.
   */
  add(step: ShutdownStep, name: string, end: () => unknown): void {
    const endings = this.endings.get(step) ?? [];
    endings.push({ name, end });
    this.endings.set(step, endings);
  }

  /** Ends everything. Calling it again waits for the same end. */
  run(): Promise<ShutdownResult> {
    this.running ??= this.endAll();
    return this.running;
  }

  private async endAll(): Promise<ShutdownResult> {
    this.aborting.abort(new Error('The service is shutting down'));
    const unfinished = new Set<string>();
    const stopTimer = new AbortController();
    const limit = sleep<ShutdownResult>(this.limitMs, { kind: 'timed_out' }, { signal: stopTimer.signal });
    const startedAt = performance.now();
    const result = await Promise.race([this.endInOrder(unfinished), limit]);
    stopTimer.abort();
    limit.catch(() => undefined);
    const fields = { outcome: result.kind, durationMs: Math.round(performance.now() - startedAt) };
    if (result.kind === 'timed_out') this.log.error({ ...fields, unfinished: [...unfinished] }, 'shutdown');
    else this.log[result.kind === 'clean' ? this.cleanLevel : 'warn'](fields, 'shutdown');
    return result;
  }

  private async endInOrder(unfinished: Set<string>): Promise<ShutdownResult> {
    let failed = false;
    for (const step of SHUTDOWN_STEPS) {
      const endings = this.endings.get(step) ?? [];
      const results = await Promise.all(endings.map((ending) => this.endOne(ending, unfinished)));
      failed ||= results.includes('failed');
    }
    return { kind: failed ? 'failed' : 'clean' };
  }

  /** One that fails must not keep the others from ending. */
  private async endOne({ name, end }: Ending, unfinished: Set<string>): Promise<'ended' | 'failed'> {
    unfinished.add(name);
    try {
      await end();
      return 'ended';
    } catch (error) {
      this.log.error({ part: name, error }, 'a part of the service did not end cleanly');
      return 'failed';
    } finally {
      unfinished.delete(name);
    }
  }
}
