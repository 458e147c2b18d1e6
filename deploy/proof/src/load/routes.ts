import type { Balancer } from './balancer.js';

/** Where posts go: each URL is parsed once, not for each post. */
export class Routes {
  private readonly parsed = new Map<string, URL>();

  constructor(
    private readonly options: {
      /** Hook URLs, by target. */
      readonly urls: readonly string[];
      /** Where several instances listen: chooses among them. */
      readonly balancer?: Balancer;
    },
  ) {}

  /** The URLs to try for a target, in order. */
  to(target: number): URL[] {
    const { urls, balancer } = this.options;
    const url = urls[target];
    if (url === undefined) throw new Error(`The plan names target ${String(target)}, and there is none.`);
    return balancer === undefined ? [this.parse(url)] : balancer.order().map((base) => this.parse(url, base));
  }

  /** With another instance's host and port, where there is a base. */
  private parse(url: string, base = ''): URL {
    const known = this.parsed.get(base + url);
    if (known !== undefined) return known;
    const parsed = base === '' ? new URL(url) : new URL(new URL(url).pathname, base);
    this.parsed.set(base + url, parsed);
    return parsed;
  }
}
