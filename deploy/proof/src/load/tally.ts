/** What one post came to, as its sender saw it. */
export interface PostOutcome {
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  /** The id in a 200. */
  readonly requestId: string | null;
  readonly hasRetryAfter: boolean;
  readonly tookMs: number;
}

/** What all posts of a load came to. */
export interface Tally {
  /** Posts by status; `none`: no answer. */
  readonly posts: Readonly<Record<string, number>>;
  /** The slowest answer of each status, in ms. */
  readonly slowestMs: Readonly<Record<string, number>>;
  /** 503s that did not say when to come again. */
  readonly withoutRetryAfter: number;
}

/** Counts posts as they come back. */
export class Tallying {
  private readonly posts = new Map<string, number>();
  private readonly slowest = new Map<string, number>();
  private withoutRetryAfter = 0;

  add({ status, hasRetryAfter, tookMs }: PostOutcome): void {
    const key = status === null ? 'none' : String(status);
    this.posts.set(key, (this.posts.get(key) ?? 0) + 1);
    this.slowest.set(key, Math.max(this.slowest.get(key) ?? 0, Math.round(tookMs)));
    if (status === 503 && !hasRetryAfter) this.withoutRetryAfter += 1;
  }

  result(): Tally {
    const { withoutRetryAfter } = this;
    return { posts: Object.fromEntries(this.posts), slowestMs: Object.fromEntries(this.slowest), withoutRetryAfter };
  }
}
