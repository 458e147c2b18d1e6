import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../database/index.js';

/** Whether a listener should get traffic now. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** `false` and a thrown error count as not ready; nothing returned counts as ready. */
export type ReadinessCheck = () => Readiness | boolean | undefined | Promise<Readiness | boolean | undefined>;

/** How a part of the service fares. `degraded` asks for an operator; it never takes the service out of the balancer. */
export interface StatusReport {
  readonly status: 'ok' | 'degraded';
  /** Why it is degraded, in a sentence. */
  readonly reason?: string | undefined;
  /** Numbers and names for whoever looks: lags, stopped partitions. No personal data. */
  readonly details?: unknown;
}

/** The answer of `/health/ready`. */
export interface ReadinessSummary {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly reason?: string }[];
}

/** The answer of `/health/status`. */
export interface StatusSummary {
  readonly status: 'ok' | 'degraded';
  readonly parts: Readonly<Record<string, StatusReport>>;
}

/** A probe that waits for ever would itself be taken for a dead service. */
const CHECK_TIMEOUT_MS = 2_000;

/** What the parts of one listener say about themselves. Listeners with different needs have a registry each. */
export class HealthRegistry {
  private readonly readinessChecks = new Map<string, ReadinessCheck>();
  private readonly statusReports = new Map<string, () => StatusReport | Promise<StatusReport>>();
  private draining = false;

  addReadiness(name: string, check: ReadinessCheck): void {
    this.readinessChecks.set(name, check);
  }

  addStatus(name: string, report: () => StatusReport | Promise<StatusReport>): void {
    this.statusReports.set(name, report);
  }

  /** From now on it is not ready, so that balancers stop sending before the listener closes. */
  drain(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  async readiness(): Promise<ReadinessSummary> {
    if (this.draining) return { ready: false, checks: [{ name: 'shutdown', ready: false, reason: 'shutting down' }] };
    const checks = await Promise.all(
      [...this.readinessChecks].map(async ([name, check]) => ({ name, ...(await examined(check)) })),
    );
    return { ready: checks.every((check) => check.ready), checks };
  }

  async status(): Promise<StatusSummary> {
    const parts = await Promise.all(
      [...this.statusReports].map(async ([name, report]) => [name, await reported(report)] as const),
    );
    const degraded = parts.some(([, report]) => report.status === 'degraded');
    return { status: degraded ? 'degraded' : 'ok', parts: Object.fromEntries(parts) };
  }
}

async function examined(check: ReadinessCheck): Promise<Readiness> {
  try {
    const result = await withinTime(check());
    if (result === undefined || result === true) return { ready: true };
    return result === false ? { ready: false, reason: 'not ready' } : result;
  } catch (error) {
    return { ready: false, reason: messageOf(error) };
  }
}

async function reported(report: () => StatusReport | Promise<StatusReport>): Promise<StatusReport> {
  try {
    return await withinTime(report());
  } catch (error) {
    return { status: 'degraded', reason: messageOf(error) };
  }
}

async function withinTime<T>(work: T | Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timeout = sleep(CHECK_TIMEOUT_MS, undefined, { signal: stop.signal, ref: false }).then(() => {
    throw new Error(`did not answer within ${String(CHECK_TIMEOUT_MS)} ms`);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    stop.abort();
    timeout.catch(() => undefined);
  }
}
