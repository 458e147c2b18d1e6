/** What is wrong with one field of a request. `field` is a path such as `stages.0.name`. */
export interface FieldError {
  readonly field: string;
  readonly messages: readonly string[];
}

/** The parts of a problem. */
export interface ProblemParts {
  /** HTTP status. */
  readonly status: number;
  /** A stable word that clients decide on, such as `not_found`. */
  readonly code: string;
  /** The same for every occurrence of the code. */
  readonly title: string;
  /** What is particular about this occurrence; no personal data and no internals. */
  readonly detail?: string | undefined;
  /** More members of the answer, such as `errors`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Headers that belong to the answer, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The JSON of RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457#section-3.1), with `code` and further members. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** This occurrence; the same id is in the log line of the request. */
  readonly instance: string;
  readonly code: string;
  readonly [member: string]: unknown;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** An answer to a request that could not be fulfilled. Thrown anywhere below a controller, it becomes problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(parts: ProblemParts) {
    super(parts.detail ?? parts.title, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.status = parts.status;
    this.code = parts.code;
    this.title = parts.title;
    this.detail = parts.detail;
    this.extra = parts.extra ?? {};
    this.headers = parts.headers ?? {};
  }

  /** @param occurrence the id of this occurrence, a UUID that is in the log too */
  document(occurrence: string): ProblemDocument {
    return {
      ...this.extra,
      type: `urn:ponte:problem:${this.code}`,
      title: this.title,
      status: this.status,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      instance: `urn:uuid:${occurrence}`,
      code: this.code,
    };
  }
}

/** 404. @param noun what was looked for, in the words of the API: `deal`, `inbound integration` */
export function notFound(noun: string): Problem {
  return new Problem({ status: 404, code: 'not_found', title: 'Not found', detail: `There is no such ${noun}.` });
}

/** 400: the request can't be understood, or its fields don't hold what they must. */
export function invalid(detail: string, errors: readonly FieldError[] = []): Problem {
  return new Problem({
    status: 400,
    code: 'invalid',
    title: 'Invalid request',
    detail,
    ...(errors.length === 0 ? {} : { extra: { errors } }),
  });
}

/** 409: the request is fine, but not in the state that things are in. @param code says which conflict */
export function conflict(code: string, detail: string): Problem {
  return new Problem({ status: 409, code, title: 'Conflict', detail });
}

/** 401 with the challenge of RFC 6750. `reason` is undefined when no token was sent at all. */
export function unauthorized(reason?: string): Problem {
  const challenge = reason === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${reason}"`;
  return new Problem({
    status: 401,
    code: 'unauthorized',
    title: 'Unauthorized',
    detail: reason ?? 'Send a token: Authorization: Bearer <JWT>.',
    headers: { 'www-authenticate': challenge },
  });
}

/** 403: the token is valid, but its roles don't allow this. */
export function forbidden(detail: string): Problem {
  return new Problem({
    status: 403,
    code: 'forbidden',
    title: 'Forbidden',
    detail,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"` },
  });
}

/** 503: it would work at another time. */
export function unavailable(detail: string, retryAfterSeconds = 5, cause?: unknown): Problem {
  return new Problem({
    status: 503,
    code: 'unavailable',
    title: 'Temporarily unavailable',
    detail,
    headers: { 'retry-after': String(retryAfterSeconds) },
    ...(cause === undefined ? {} : { cause }),
  });
}
