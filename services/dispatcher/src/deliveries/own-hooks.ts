/** Where this installation receives payloads, and the secret that its own calls are signed with. */
export interface OwnHooks {
  /** PUBLIC_URL. */
  readonly publicUrl: string;
  readonly secret: string;
  /** HOOKS_INTERNAL_URL: where the own hooks are reached from inside, where PUBLIC_URL leads nowhere from there. */
  readonly internalUrl?: string;
}

/**
 * Whether a URL is one of this installation's own hooks: the only place that the signed header is ever sent to, and
 * the only one that may be in a private network by default. The path is compared as it is sent, after `..` and the
 * like are resolved.
 */
export function isOwnHook(url: URL, publicUrl: string): boolean {
  const { origin, path } = baseOf(publicUrl);
  return url.origin === origin && url.pathname.startsWith(`${path}/in/`);
}

/** Where the hooks lie. */
interface Base {
  readonly publicUrl: string;
  readonly origin: string;
  /** `` or `/ponte`. */
  readonly path: string;
}

let lastBase: Base | null = null;

/** Every call asks several times, and an installation has one. */
function baseOf(publicUrl: string): Base {
  if (lastBase?.publicUrl !== publicUrl) {
    const { origin, pathname } = new URL(publicUrl);
    lastBase = { publicUrl, origin, path: pathname.replace(/\/+$/, '') };
  }
  return lastBase;
}

/**
 * The URL that an own hook is reached by from inside the installation, without what a proxy cuts off; null where that is
 * the URL itself.
 */
export function insideUrl(url: URL, own: OwnHooks): URL | null {
  if (own.internalUrl === undefined || !isOwnHook(url, own.publicUrl)) return null;
  return new URL(url.pathname.slice(baseOf(own.publicUrl).path.length) + url.search, own.internalUrl);
}
