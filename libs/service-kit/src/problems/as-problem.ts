import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { isError, isInfrastructureError } from '../database/index.js';
import { invalid, Problem, unavailable, type FieldError } from './problem.js';

/** Codes for statuses that frameworks answer with by themselves. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  413: 'too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'too_many_requests',
  431: 'headers_too_large',
  503: 'unavailable',
};

/**
 * Turns anything thrown into the answer that it deserves: a `Problem` as it is, errors of Nest and Fastify by their
 * status, a failure of the surroundings as 503 with Retry-After, and everything else as a 500 that shows no internals.
 */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message, error);
  const schemaErrors = schemaErrorsOf(error);
  if (schemaErrors) return invalid('Some fields are not valid.', schemaErrors);
  const status = statusOf(error);
  if (status !== undefined && status >= 400 && status < 500 && isError(error)) {
    return fromStatus(status, error.message, error);
  }
  if (isInfrastructureError(error)) return unavailable('A service that this depends on does not answer.', 5, error);
  return new Problem({ status: 500, code: 'internal', title: 'Internal error', cause: error });
}

function fromStatus(status: number, message: string, cause: unknown): Problem {
  if (status === 503) return unavailable(message, 5, cause);
  if (status >= 500) return new Problem({ status, code: CODES[status] ?? 'internal', title: titleOf(status), cause });
  const detail = message === '' ? undefined : message;
  return new Problem({ status, code: CODES[status] ?? 'invalid', title: titleOf(status), detail, cause });
}

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** A failed Ajv schema of a Fastify route carries the list of what failed in `validation`. */
function schemaErrorsOf(error: unknown): FieldError[] | undefined {
  if (!isError(error) || !('validation' in error) || !Array.isArray(error.validation)) return undefined;
  const messages = new Map<string, string[]>();
  for (const item of error.validation as readonly unknown[]) {
    const { field, message } = schemaError(item);
    const known = messages.get(field);
    if (known) known.push(message);
    else messages.set(field, [message]);
  }
  return [...messages].map(([field, list]) => ({ field, messages: list }));
}

function schemaError(item: unknown): { field: string; message: string } {
  if (typeof item !== 'object' || item === null) return { field: '', message: 'is not valid' };
  const path = 'instancePath' in item && typeof item.instancePath === 'string' ? item.instancePath : '';
  const message = 'message' in item && typeof item.message === 'string' ? item.message : 'is not valid';
  return { field: path.slice(1).replaceAll('/', '.'), message };
}
