/** Lets one loop sleep until somebody has something for it. A wake while it is awake makes the next sleep short. */
export class Wake {
  private pending = false;
  private end: (() => void) | null = null;

  wake(): void {
    this.pending = true;
    this.end?.();
  }

  /** Resolves after `ms`, or at once when woken. */
  async sleep(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.end = null;
    this.pending = false;
  }
}

/** Exponential, bounded, with jitter, so that instances don't knock in step. `attempt` counts from 0. */
export function backoffMs(attempt: number, random: number, firstMs = 100, longestMs = 5_000): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 16)) * (0.5 + random / 2);
}
