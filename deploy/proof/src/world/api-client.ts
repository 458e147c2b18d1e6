import { setTimeout as sleep } from 'node:timers/promises';

/** What every created resource has, and the URL that an inbound integration has besides. */
export interface Created {
  readonly id: string;
  readonly url?: string;
}

/** A caller of one service's API within one workspace. */
export class ApiClient {
  /** The `ponte-position` of the last write: others who are given it wait until they have seen it. */
  lastPosition: string | null = null;

  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /**
   * Creates a resource. An API that is not yet there, or has not yet seen `waitFor`, is asked again for half a minute.
   *
   * @throws Error with the problem that the API answered
   */
  async create(path: string, body: object, waitFor: string | null = null): Promise<Created> {
    for (let tries = 1; ; tries += 1) {
      const answer = await fetch(this.baseUrl + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.token}`,
          'content-type': 'application/json',
          ...(waitFor === null ? {} : { 'ponte-wait-for': waitFor }),
        },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (answer.ok) {
        this.lastPosition = answer.headers.get('ponte-position') ?? this.lastPosition;
        return readCreated(text);
      }
      if (answer.status !== 503 || tries === 30) {
        throw new Error(`POST ${this.baseUrl}${path} answered ${String(answer.status)}: ${text}`);
      }
      await sleep(1000);
    }
  }
}

function readCreated(text: string): Created {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') {
    throw new Error(`An id was expected in ${text}`);
  }
  return { id: value.id, ...('url' in value && typeof value.url === 'string' ? { url: value.url } : {}) };
}
