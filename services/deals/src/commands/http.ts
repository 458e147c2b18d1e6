import { createHash } from 'node:crypto';
import {
  createParamDecorator,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { invalid, notFound } from '@ponte/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { Answer, Asked } from './commands.js';

const longestKey = 255;

/** Says in the OpenAPI document that a route knows repetitions by their `Idempotency-Key`. */
export const IdempotencyKey = () =>
  ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key for the same request: done once.' });

/** The request's `Idempotency-Key`, with the fingerprint of what is asked; null without one. */
export const Idempotency = createParamDecorator((_: unknown, context: ExecutionContext): Asked['idempotency'] => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key === '' || key.length > longestKey) {
    throw invalid(`An Idempotency-Key has 1 to ${String(longestKey)} characters.`);
  }
  const asked = `${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`;
  return { key, fingerprint: createHash('sha256').update(asked).digest() };
});

/** Answers a command with its resource, and with the header that other services can be told to wait for. */
@Injectable()
export class AnswerCommands implements NestInterceptor<unknown, unknown> {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((answer) => {
        if (!isAnswer(answer)) return answer;
        const { partition, position } = answer.position;
        void reply.header('ponte-position', `${String(partition)}/${String(position)}`);
        return answer.body;
      }),
    );
  }
}

function isAnswer(value: unknown): value is Answer<unknown> {
  return typeof value === 'object' && value !== null && 'body' in value && 'position' in value;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id in a path. What can't be one names nothing: 404. */
export class IdOf implements PipeTransform<string, string> {
  constructor(private readonly noun: string) {}

  transform(value: string): string {
    const id = value.toLowerCase();
    if (!uuid.test(id)) throw notFound(this.noun);
    return id;
  }
}
