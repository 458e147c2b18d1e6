import { Body, Controller, Get, HttpCode, Inject, Param, ParseIntPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  conflict,
  CurrentCaller,
  decodeCursor,
  notFound,
  PageQuery,
  Problem,
  Roles,
  unavailable,
  type Caller,
  type Database,
} from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { EventLog } from '../event-log.js';
import {
  listAcceptedGaps,
  listConsumers,
  listDeadLetters,
  readCheck,
  readDeadLetter,
  type DeadLetterDetail,
} from '../operations/operation-queries.js';
import { RepairRefused } from '../repair/refused.js';
import { RepublishRefused } from '../repair/republish.js';
import { AcceptBody, DeadLetterQuery, DismissBody, RepublishBody, ResumeBody } from './operations.dto.js';

/** What the controller works on. */
export interface OperatedParts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly consumers: readonly LogConsumer[];
}

export const OPERATED_PARTS = Symbol('OperatedParts');

/** The log of a service and its consumers, for operators: they concern every workspace, so no workspace's role is enough. */
@ApiTags('operations')
@Roles('operator')
@Controller('v1/operations')
export class OperationsController {
  constructor(@Inject(OPERATED_PARTS) private readonly parts: OperatedParts) {}

  /** The log: gate, relay, last check, head and relayed position of each partition. */
  @Get('log')
  async log() {
    const { database, eventLog } = this.parts;
    const [check, partitions] = await Promise.all([readCheck(database), eventLog.progress()]);
    return { ...eventLog.status(), check, partitions };
  }

  /** Every partition of every consumer, and why it stopped where it did. */
  @Get('consumers')
  async consumers() {
    return { items: await listConsumers(this.parts.database), nextCursor: null };
  }

  /** Dead letters without their values, newest first. */
  @Get('dead-letters')
  async deadLetters(@Query() query: DeadLetterQuery) {
    const { consumer, resolved = false, limit } = query;
    return listDeadLetters(this.parts.database, { consumer, resolved, limit, after: afterOf(query) });
  }

  /** One dead letter, whole: its value may hold personal data. */
  @Get('dead-letters/:id')
  async deadLetter(@Param('id', ParseIntPipe) id: number) {
    return withValue(await this.letter(id));
  }

  /** What was skipped on somebody's word, newest first. */
  @Get('accepted-gaps')
  async acceptedGaps(@Query() query: PageQuery) {
    return listAcceptedGaps(this.parts.database, { limit: query.limit, after: afterOf(query) });
  }

  /** Lets a partition go on behind a gap or at a fork; what lies between is never applied here. */
  @Post('accept')
  @HttpCode(200)
  async accept(@Body() body: AcceptBody, @CurrentCaller() caller: Caller) {
    const word = { reason: body.reason, by: nameOf(caller) };
    return answering(() => this.consumer(body.consumer).accept(body.partition, word));
  }

  /** Lets a stopped partition try again. */
  @Post('resume')
  @HttpCode(200)
  async resume(@Body() body: ResumeBody) {
    const offset = body.offset === undefined ? null : BigInt(body.offset);
    return answering(() => this.consumer(body.consumer).resume(body.partition, { offset }));
  }

  /** Sends a partition of this service's log again, from a position on. */
  @Post('republish')
  @HttpCode(200)
  async republish(@Body() body: RepublishBody) {
    const done = await answering(() => this.parts.eventLog.republish(body.partition, body.fromPosition));
    return { ...done, topicEnd: String(done.topicEnd) };
  }

  /** Applies a dead letter after all, with what is parked behind it. */
  @Post('dead-letters/:id/retry')
  @HttpCode(200)
  async retry(@Param('id', ParseIntPipe) id: number, @CurrentCaller() caller: Caller) {
    const { consumer } = await this.letter(id);
    return { applied: await answering(() => this.consumer(consumer).retry(id, nameOf(caller))) };
  }

  /** Gives a dead letter up; what is parked behind it can be retried then. */
  @Post('dead-letters/:id/dismiss')
  @HttpCode(200)
  async dismiss(@Param('id', ParseIntPipe) id: number, @Body() body: DismissBody, @CurrentCaller() caller: Caller) {
    const { consumer } = await this.letter(id);
    await answering(() => this.consumer(consumer).dismiss(id, { reason: body.reason, by: nameOf(caller) }));
    return withoutValue(await this.letter(id));
  }

  private async letter(id: number): Promise<DeadLetterDetail> {
    const letter = await readDeadLetter(this.parts.database, id);
    if (letter === undefined) throw notFound('dead letter');
    return letter;
  }

  private consumer(name: string): LogConsumer {
    const consumer = this.parts.consumers.find((one) => one.key.consumer === name);
    if (consumer === undefined) throw notFound('consumer');
    return consumer;
  }
}

/** What a repair refuses becomes an answer. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error);
  }
}

function asProblem(error: unknown): unknown {
  if (error instanceof RepublishRefused) {
    if (error.kind === 'not_done_yet') return unavailable(error.message);
    return error.kind === 'no_such_partition' ? notFound('partition') : conflict(error.kind, error.message);
  }
  if (!(error instanceof RepairRefused)) return error;
  if (error.kind === 'no_such_partition') return notFound('partition');
  if (error.kind === 'no_such_dead_letter') return notFound('dead letter');
  return new Problem({ status: 409, code: error.kind, title: 'Conflict', detail: error.message, cause: error });
}

function afterOf(query: PageQuery): number | null {
  return decodeCursor(query.cursor, ['number'])?.[0] ?? null;
}

function nameOf(caller: Caller): string {
  return caller.subject ?? 'an operator without a name';
}

function withoutValue({ value: _value, headers: _headers, key: _key, ...letter }: DeadLetterDetail) {
  return letter;
}

/** Text where it is text, as everything that the log sends is. */
function withValue({ value, ...letter }: DeadLetterDetail) {
  return { ...letter, value: value === null ? null : { encoding: 'utf8', text: value.toString('utf8') } };
}
