import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from '../world/rig.js';

/** How long each answer was given to one question, in seconds, in the order in which it first came. */
export interface Watched {
  /** `ingress hooks`, `deals`, `dispatcher-2` … */
  readonly who: string;
  readonly secondsOf: Readonly<Record<string, number>>;
  /** What was degraded meanwhile, as /health/status said it, each once. */
  readonly degraded: readonly string[];
}

export interface HealthWatch {
  stop(): Promise<readonly Watched[]>;
}

const HOOKS = ' hooks';
const EVERY_MS = 500;
// A little more than the services give their own checks.
const PATIENCE_MS = 3_000;

/** Asks every instance for its readiness and status twice a second. */
export function watchHealth(rig: Rig): HealthWatch {
  const stop = new AbortController();
  const watched = listenersOf(rig).map((listener) => ({ listener, watch: new Watch(listener.who) }));
  const running = watched.map(async ({ listener, watch }) => {
    while (!stop.signal.aborted) {
      const startedMs = performance.now();
      watch.sawReadiness(await readinessOf(listener.base));
      if (listener.hasStatus) watch.sawStatus(await statusOf(listener.base));
      await sleep(Math.max(0, EVERY_MS - (performance.now() - startedMs)));
      watch.passed(performance.now() - startedMs);
    }
  });
  return {
    stop: async () => {
      stop.abort();
      await Promise.all(running);
      return watched.map(({ watch }) => watch.result());
    },
  };
}

function listenersOf({ stack }: Rig) {
  const at = (port: number): string => `http://127.0.0.1:${String(port)}`;
  const name = (service: string, n: number): string => (n === 0 ? service : `${service}-${String(n + 1)}`);
  const { ingress, deals, dispatcher } = stack.plan.ports;
  const admin = (service: string, ports: readonly { admin: number }[]) =>
    ports.map((one, n) => ({ who: name(service, n), base: at(one.admin), hasStatus: true }));
  return [
    ...ingress.map((one, n) => ({ who: name('ingress', n) + HOOKS, base: at(one.hooks), hasStatus: false })),
    ...admin('ingress', ingress),
    ...admin('deals', deals),
    ...admin('dispatcher', dispatcher),
  ];
}

class Watch {
  private readonly ms = new Map<string, number>();
  private readonly degraded = new Set<string>();
  private now = 'ready';

  constructor(private readonly who: string) {}

  sawReadiness(answer: string): void {
    this.now = answer;
  }

  sawStatus(parts: readonly string[]): void {
    for (const part of parts) this.degraded.add(part);
  }

  passed(ms: number): void {
    this.ms.set(this.now, (this.ms.get(this.now) ?? 0) + ms);
  }

  result(): Watched {
    const seconds = [...this.ms].map(([answer, ms]) => [answer, Math.round(ms / 100) / 10] as const);
    return { who: this.who, secondsOf: Object.fromEntries(seconds), degraded: [...this.degraded] };
  }
}

async function readinessOf(base: string): Promise<string> {
  try {
    const answer = await fetch(`${base}/health/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await answer.body?.cancel();
    return answer.ok ? 'ready' : String(answer.status);
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'refused';
  }
}

/** The names of the parts that are degraded. */
async function statusOf(base: string): Promise<string[]> {
  try {
    const answer = await fetch(`${base}/health/status`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const body: unknown = await answer.json();
    if (typeof body !== 'object' || body === null || !('parts' in body)) return [];
    if (typeof body.parts !== 'object' || body.parts === null) return [];
    return Object.entries(body.parts).flatMap(([part, report]: [string, unknown]) => {
      if (typeof report !== 'object' || report === null || !('status' in report)) return [];
      return report.status === 'degraded' ? [part] : [];
    });
  } catch {
    return [];
  }
}

/** The longest that any instance's hooks were not ready, in seconds. */
export function hooksAway(watched: readonly Watched[]): number {
  const away = watched.flatMap(({ who, secondsOf }) => {
    if (!who.endsWith(HOOKS)) return [];
    return [Object.entries(secondsOf).reduce((sum, [answer, seconds]) => sum + (answer === 'ready' ? 0 : seconds), 0)];
  });
  return Math.max(0, ...away);
}

/** What was not as usual: `ingress hooks 503 for 12.1 s`. */
export function describeHealth(watched: readonly Watched[]): string[] {
  return watched.flatMap(({ who, secondsOf, degraded }) => [
    ...Object.entries(secondsOf).flatMap(([answer, seconds]) =>
      answer === 'ready' ? [] : [`${who} ${answer} for ${seconds.toFixed(1)} s`],
    ),
    ...(degraded.length === 0 ? [] : [`${who} degraded: ${degraded.join(', ')}`]),
  ]);
}
