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
  return url.origin === new URL(publicUrl).origin && url.pathname.startsWith(`${pathOf(publicUrl)}/in/`);
}

/** The path that the hooks lie below: `` or `/ponte`. */
function pathOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, '');
}

/**
 * The URL that an own hook is reached by from inside the installation, without what a proxy cuts off; null where that is
 * the URL itself.
 */
export function insideUrl(url: URL, own: OwnHooks): URL | null {
  if (own.internalUrl === undefined || !isOwnHook(url, own.publicUrl)) return null;
  return new URL(url.pathname.slice(pathOf(own.publicUrl).length) + url.search, own.internalUrl);
}
