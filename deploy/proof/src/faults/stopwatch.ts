/** Where the time went: seconds by the name of what took them. */
export type Took = Readonly<Record<string, number>>;

/** Divides time into what it was spent on. */
export class Stopwatch {
  private sinceMs = performance.now();
  private readonly seconds = new Map<string, number>();

  /** All the time since the last lap went into this. */
  lap(name: string): void {
    const nowMs = performance.now();
    this.seconds.set(name, (this.seconds.get(name) ?? 0) + (nowMs - this.sinceMs) / 1000);
    this.sinceMs = nowMs;
  }

  took(): Took {
    return Object.fromEntries([...this.seconds].map(([name, seconds]) => [name, Math.round(seconds * 10) / 10]));
  }
}
