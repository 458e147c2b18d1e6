import { Problem, PROBLEM_CONTENT_TYPE, type ProblemParts } from '@ponte/service-kit';

/** What a hook answers. */
export interface Answer {
  /** The id that the body names, under which the request is in the history and in the log; null: it names none. */
  requestId: string | null;
  status: number;
  contentType: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

const JSON_CONTENT_TYPE = 'application/json; charset=utf-8';
const NONE: Readonly<Record<string, string>> = {};

function ok(requestId: string | null, status: string, more: object = {}): Answer {
  const body = { status, ...(requestId === null ? {} : { requestId }), ...more };
  // Exactly 200: some senders treat 201, 202 or 204 as a failure.
  return { requestId, status: 200, contentType: JSON_CONTENT_TYPE, headers: NONE, body: JSON.stringify(body) };
}

/** Most answers by far: their text is put together by hand, and an id has nothing to escape. */
export const accepted = (requestId: string): Answer => ({
  requestId,
  status: 200,
  contentType: JSON_CONTENT_TYPE,
  headers: NONE,
  body: `{"status":"accepted","requestId":"${requestId}"}`,
});
export const duplicate = (requestId: string): Answer => ok(requestId, 'accepted', { duplicate: true });
/** Kept and listed, and nothing comes of it; sending it again would change nothing, so it is no failure to the sender. */
export const ignored = (requestId: string, reason: string): Answer => ok(requestId, 'ignored', { reason });
/** To link previews and to tools that try the URL first. */
export const listening: Answer = ok(null, 'listening');

/** @param occurrence the id under which the request is in the log, and in the history where its token is known */
export function problemAnswer(parts: ProblemParts, occurrence: string): Answer {
  const problem = new Problem(parts);
  return {
    requestId: occurrence,
    status: problem.status,
    contentType: PROBLEM_CONTENT_TYPE,
    headers: problem.headers,
    body: JSON.stringify(problem.document(occurrence)),
  };
}

const ALLOWED_METHODS = 'GET, HEAD, POST';

export const unknownToken: ProblemParts = {
  status: 404,
  title: 'Not found',
  code: 'unknown_integration',
  detail: 'No integration has this URL.',
};

export const methodNotAllowed: ProblemParts = {
  status: 405,
  title: 'Method not allowed',
  code: 'method_not_allowed',
  detail: `This URL takes ${ALLOWED_METHODS}.`,
  headers: { allow: ALLOWED_METHODS },
};

export const bodyTooLarge = (limit: number): ProblemParts => ({
  status: 413,
  title: 'Content too large',
  code: 'body_too_large',
  detail: `A body may have ${String(limit)} bytes.`,
});

/** What the mapping takes from the payload makes more than one record of the log may hold. */
export const recordTooLarge = (limit: number): ProblemParts => ({
  status: 413,
  title: 'Content too large',
  code: 'record_too_large',
  detail: `What the mapping takes from this payload is more than ${String(limit)} bytes.`,
});

/** @param code why, e.g. `malformed_json` */
export const unreadable = (code: string, detail: string): ProblemParts => ({
  status: 400,
  title: 'Unreadable request',
  code,
  detail,
});

export const notGenuine = (code: string): ProblemParts => ({
  status: 401,
  title: 'Not genuine',
  code,
  detail: 'The signature or token of the sending tool does not fit this integration.',
});

/** It breaks the database's rules for text, and would again. */
export const unstorable: ProblemParts = {
  status: 400,
  title: 'Unstorable request',
  code: 'unstorable',
  detail: 'This request holds something that cannot be stored.',
};

/** Nothing was acknowledged: the sender keeps it and tries again. */
export const unavailable = (code: 'overloaded' | 'not_durable', retryAfterSeconds: number): ProblemParts => ({
  status: 503,
  title: 'Temporarily unavailable',
  code,
  detail: 'The payload could not be made durable now. Send it again.',
  headers: { 'retry-after': String(retryAfterSeconds) },
});
