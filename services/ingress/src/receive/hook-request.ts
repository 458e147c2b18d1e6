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

/** The first value of a header; null where it is absent or empty. `rawHeaders` is not touched by what the listener rewrites. */
export function headerOf(request: HookRequest, name: string): string | null {
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1];
    if (rawHeaders[index]?.toLowerCase() === name && value !== undefined && value !== '') return value;
  }
  return null;
}
