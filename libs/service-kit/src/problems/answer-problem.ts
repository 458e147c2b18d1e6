import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-context.js';
import { asProblem } from './as-problem.js';
import { PROBLEM_CONTENT_TYPE } from './problem.js';

/**
 * Answers a request with the problem that an error is, and leaves the error for the request's log line. The answer's
 * `instance` is the request's id, which is in that line as `requestId`.
 */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = asProblem(error);
  const context = contextOf(request);
  context.problem = problem.code;
  if (problem.status >= 500) context.error = problem.cause ?? problem;
  // The head of the answer is out already: all that is left is to end it.
  if (reply.sent || reply.raw.headersSent) return;
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify(problem.document(request.id)));
}

/** For a bare Fastify: `fastify.setErrorHandler(problemErrorHandler)`. */
export function problemErrorHandler(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  answerProblem(error, request, reply);
}

/** For Nest: everything that is thrown below a controller, and by Fastify before one. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    // A consumer's failure is its transport's to handle (it retries), not an answer to be sent.
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    answerProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
