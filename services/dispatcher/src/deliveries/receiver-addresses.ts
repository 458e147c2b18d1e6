import type { LookupAddress, LookupAllOptions, LookupOneOptions } from 'node:dns';
import { lookup as lookupBySystem, Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

/** Where addresses come from. */
export interface AddressSources {
  /** Asks DNS servers. Rejects where there is no such name, or nobody answers. */
  resolve(host: string): Promise<readonly LookupAddress[]>;
  /** Asks as the operating system does: /etc/hosts, search domains and the like. Holds one of the process's few threads. */
  system(host: string): Promise<readonly LookupAddress[]>;
}

/** So long an address is used, and the word that there is none. New connections alone ask. */
const FOUND_MS = 10_000;
const MISSING_MS = 2_000;
const MOST_REMEMBERED = 5_000;

/** The system's look-ups wait in threads, of which Node has four for everything: others must have theirs. */
const MOST_BY_SYSTEM = 2;

interface Remembered {
  readonly until: number;
  readonly addresses: Promise<readonly LookupAddress[]>;
}

/**
 * Looks up the hosts of receivers so that no slow name server holds up the others: DNS is asked without threads, once for
 * everyone who wants the same host, and what it says is used for a short time. What DNS doesn't know is asked of the
 * system, two at a time.
 */
export class ReceiverAddresses {
  private readonly remembered = new Map<string, Remembered>();
  private readonly waiting: (() => void)[] = [];
  private bySystem = 0;

  constructor(
    private readonly sources: AddressSources = defaultSources(),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** For an agent's option `lookup`. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.addressesOf(host).then(
      (found) => {
        const addresses = ofFamily(found, options);
        const [first] = addresses;
        if (first === undefined) callback(noAddress(host), '', 0);
        else if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : noAddress(host), '', 0);
      },
    );
  };

  /** @throws with the code of what DNS or the system said: ENOTFOUND, ETIMEOUT … */
  addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const known = this.remembered.get(host);
    if (known !== undefined && this.now() < known.until) return known.addresses;
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    const addresses = this.find(host);
    const remember = (ms: number): void => {
      this.remembered.set(host, { until: this.now() + ms, addresses });
    };
    // While it is being asked, everybody waits for the same answer.
    remember(Number.POSITIVE_INFINITY);
    addresses.then(
      () => {
        remember(FOUND_MS);
      },
      () => {
        remember(MISSING_MS);
      },
    );
    return addresses;
  }

  private async find(host: string): Promise<readonly LookupAddress[]> {
    // A name without a dot is the installation's own: no DNS server of the world is asked for it.
    if (host.includes('.')) {
      try {
        return await this.sources.resolve(host);
      } catch (error) {
        if (isSilence(error)) throw error;
      }
    }
    return this.inTurn(() => this.sources.system(host));
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.bySystem >= MOST_BY_SYSTEM) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.bySystem += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.bySystem -= 1;
      else next();
    }
  }
}

/** Its name servers don't answer, or have failed: the system would ask the same ones, in a thread. */
function isSilence(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    (error.code === 'ETIMEOUT' || error.code === 'ESERVFAIL')
  );
}

function ofFamily(
  addresses: readonly LookupAddress[],
  { family }: LookupOneOptions | LookupAllOptions,
): readonly LookupAddress[] {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0);
  return wanted === 0 ? addresses : addresses.filter((one) => one.family === wanted);
}

function noAddress(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}

function defaultSources(): AddressSources {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const ask = async (records: Promise<string[]>, family: 4 | 6): Promise<LookupAddress[]> =>
    (await records).map((address) => ({ address, family }));
  return {
    resolve: async (host) => {
      const asked = await Promise.allSettled([ask(resolver.resolve4(host), 4), ask(resolver.resolve6(host), 6)]);
      const found = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      const failed = asked.find((one) => one.status === 'rejected');
      if (found.length === 0) throw failed?.reason ?? noAddress(host);
      return found;
    },
    system: (host) => lookupBySystem(host, { all: true }),
  };
}
