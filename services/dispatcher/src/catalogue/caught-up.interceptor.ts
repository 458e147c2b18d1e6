import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { invalid, Problem } from '@ponte/service-kit';
import type { FastifyRequest } from 'fastify';
import { DEALS_CONSUMER, type FollowsDeals } from '../injected.js';

const HEADER = 'ponte-wait-for';
const TIMEOUT_MS = 2_000;

/**
 * Lets a request wait for what its caller has just written elsewhere: one that names a position of ponte.deals.v1 (as
 * writes of the deals API answer it) goes on when this service has followed the topic that far.
 */
@Injectable()
export class CaughtUpInterceptor implements NestInterceptor {
  constructor(@Inject(DEALS_CONSUMER) private readonly deals: FollowsDeals) {}

  async intercept(context: ExecutionContext, next: CallHandler) {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const wanted = headers[HEADER];
    if (wanted !== undefined) await this.catchUp(parsePosition(String(wanted)));
    return next.handle();
  }

  private async catchUp({ partition, position }: LogPosition): Promise<void> {
    const caughtUp = await this.deals.consumer.waitFor(partition, position, TIMEOUT_MS);
    if (!caughtUp) throw notCaughtUp();
  }
}

interface LogPosition {
  readonly partition: number;
  readonly position: number;
}

function parsePosition(text: string): LogPosition {
  const match = /^(?<partition>\d{1,4})\/(?<position>\d{1,15})$/.exec(text);
  if (match === null) throw invalid(`${HEADER} is "<partition>/<position>", as the deals API answers it.`);
  return { partition: Number(match.groups?.['partition']), position: Number(match.groups?.['position']) };
}

function notCaughtUp(): Problem {
  const headers = { 'retry-after': '1' };
  const detail = 'This service has not followed the events up to that position yet.';
  return new Problem({ status: 503, code: 'not_caught_up', title: 'Not caught up', detail, headers });
}
