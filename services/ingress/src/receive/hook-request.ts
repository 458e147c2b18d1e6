/** A request to a hook as it came, before anything is known of it. */
export interface HookRequest {
  token: string;
  method: string;
  /** Path and query as they were sent. */
  url: string;
  /** Node's `rawHeaders`: names and values in turn. */
  rawHeaders: readonly string[];
  /** Node's `headers`: names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** Bytes of the body; more than `body` has where it was too large to be read. */
  size: number;
  receivedAt: Date;
}

/** The raw query, without `?`. */
export function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

/** A header's value, its values joined where it is repeated; null where it is absent or empty. @param name in lower case */
export function headerOf(request: HookRequest, name: string): string | null {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value.join(', ') : value;
  return text === undefined || text === '' ? null : text;
}
