import { MicroBatcher, type BatchLimits } from './micro-batcher.js';

export interface CacheOptions<Found> {
  /** Looks tokens up, many at once; a token that is absent from the answer belongs to nobody. */
  load(tokenHashes: readonly string[]): Promise<ReadonlyMap<string, Found>>;
  isInfrastructureError(error: unknown): boolean;
  maxKnown?: number;
  maxUnknown?: number;
  /** How long an entry is believed although no invalidation came, in ms: notifications can be lost. */
  knownMs?: number;
  unknownMs?: number;
  now?(): number;
}

interface Entry<Found> {
  found: Found | null;
  until: number;
  generation: number;
}

const LOAD_LIMITS: BatchLimits = {
  maxItems: 500,
  maxBytes: Number.MAX_SAFE_INTEGER,
  maxWaitingItems: 5_000,
  maxWaitingBytes: Number.MAX_SAFE_INTEGER,
  waitMs: 2_000,
};

/**
 * What tokens stand for, in memory and bounded. Lookups that miss are gathered into one query at a time, and a token
 * that is asked for twice is looked up once; so neither a cold start nor guessed tokens cost more than one connection.
 */
export class IntegrationCache<Found> {
  private readonly known = new Map<string, Entry<Found>>();
  private readonly unknown = new Map<string, Entry<Found>>();
  private readonly underWay = new Map<string, Promise<Found | null>>();
  private readonly loader: MicroBatcher<string, { found: Found | null }>;
  private generation = 0;
  private readonly now: () => number;

  constructor(private readonly options: CacheOptions<Found>) {
    this.now = options.now ?? (() => performance.now());
    this.loader = new MicroBatcher({
      flush: async (hashes) => {
        const answer = await options.load(hashes);
        return hashes.map((hash) => ({ found: answer.get(hash) ?? null }));
      },
      limits: LOAD_LIMITS,
      isInfrastructureError: (error) => options.isInfrastructureError(error),
    });
  }

  /**
   * What a token stands for, null where it belongs to nobody. Answers without a promise where it is in memory, which
   * is the usual case on the hot path.
   *
   * @throws Overloaded, WaitedTooLong, or what the lookup failed with
   */
  find(tokenHash: string): Found | null | Promise<Found | null> {
    const entry = this.known.get(tokenHash) ?? this.unknown.get(tokenHash);
    if (entry !== undefined && entry.generation === this.generation && entry.until > this.now()) return entry.found;
    const before = this.underWay.get(tokenHash);
    if (before !== undefined) return before;
    const lookup = this.lookUp(tokenHash).finally(() => {
      if (this.underWay.get(tokenHash) === lookup) this.underWay.delete(tokenHash);
    });
    this.underWay.set(tokenHash, lookup);
    return lookup;
  }

  /** An integration was made or changed somewhere: nothing in memory is believed without asking again. */
  invalidate(): void {
    this.generation += 1;
    // A lookup that began before may carry what was true before.
    this.underWay.clear();
  }

  private async lookUp(tokenHash: string): Promise<Found | null> {
    const generation = this.generation;
    const { found } = await this.loader.add(tokenHash, 1);
    this.known.delete(tokenHash);
    this.unknown.delete(tokenHash);
    const { maxKnown = 10_000, maxUnknown = 10_000, knownMs = 30_000, unknownMs = 5_000 } = this.options;
    if (found === null) keep(this.unknown, tokenHash, { found, until: this.now() + unknownMs, generation }, maxUnknown);
    else keep(this.known, tokenHash, { found, until: this.now() + knownMs, generation }, maxKnown);
    return found;
  }
}

/** Oldest entries go first: a Map is in order of insertion, and every entry is inserted anew at least each `knownMs`. */
function keep<Entry>(map: Map<string, Entry>, key: string, entry: Entry, max: number): void {
  if (map.size >= max) {
    const oldest = map.keys().next();
    if (oldest.done !== true) map.delete(oldest.value);
  }
  map.set(key, entry);
}
