import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { LogConsumer } from '@ponte/event-log';
import { invalid, Problem } from '@ponte/service-kit';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { DEALS_CONSUMER } from './deals-events.controller.js';

/** `<partition>/<position>` of ponte.deals.v1, as the deals API answers it to a write. */
export const WAIT_FOR_HEADER = 'ponte-wait-for';
const MOST_MS = 2_000;

/**
 * A request that names a position of ponte.deals.v1 is answered once ingress has followed the topic up to it, so that
 * whoever has just made an origin can use it here at once.
 */
@Injectable()
export class CaughtUpInterceptor implements NestInterceptor {
  constructor(@Inject(DEALS_CONSUMER) private readonly consumer: LogConsumer) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() === 'http') {
      const header = context.switchToHttp().getRequest<FastifyRequest>().headers[WAIT_FOR_HEADER];
      if (header !== undefined) await this.waitFor(String(header));
    }
    return next.handle();
  }

  private async waitFor(header: string): Promise<void> {
    const [, partition, position] = /^(\d{1,4})\/(\d{1,15})$/.exec(header) ?? [];
    if (partition === undefined || position === undefined) {
      throw invalid(`The header ${WAIT_FOR_HEADER} must be <partition>/<position>.`);
    }
    if (await this.consumer.waitFor(Number(partition), Number(position), MOST_MS)) return;
    throw new Problem({
      status: 503,
      code: 'not_caught_up',
      title: 'Not caught up',
      detail: `${this.consumer.options.topic} was not followed up to ${header} yet.`,
      headers: { 'retry-after': '1' },
    });
  }
}
