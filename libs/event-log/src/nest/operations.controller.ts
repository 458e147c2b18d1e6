import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  CurrentCaller,
  decodeCursor,
  notFound,
  PageQuery,
  Roles,
  type Caller,
  type Database,
} from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { EventLog } from '../event-log.js';
import { listLosses } from '../losses/losses.js';
import { listConsumers } from '../operations/consumer-queries.js';
import { listAcceptedGaps, listDeadLetters, readDeadLetter, type DeadLetterView } from '../operations/kept-queries.js';
import { readLog } from '../operations/log-queries.js';
import { listAdoptions } from '../repair/adopt/adoptions.js';
import type { Resumed } from '../repair/stopped-partitions.js';
import { answering } from './answering.js';
import {
  DeadLetterPath,
  DeadLettersQuery,
  PartitionPath,
  ReasonBody,
  RepublishBody,
  ResumeBody,
  ValuesQuery,
} from './operations.dto.js';

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

  /** The log: gate, relay, last check, and of each partition head, relayed position, lag and checkpoint. */
  @Get('log')
  log() {
    return readLog(this.parts.database, this.parts.eventLog);
  }

  /** Sends a partition of this service's log again, from a position on. */
  @Post('log/republish')
  @HttpCode(200)
  async republish(@Body() { partition, fromPosition }: RepublishBody) {
    const { topicEnd } = await answering(() => this.parts.eventLog.republish(partition, fromPosition));
    return { partition, fromPosition, topicEndOffset: Number(topicEnd) };
  }

  /**
   * After this service's database was restored or lost its tail: takes back from the topic what the log lacks, with the
   * service's state. 409 with the reason where the topic does not continue the log; 503 while it still goes on.
   */
  @Post('log/adopt')
  @HttpCode(200)
  async adopt(@Body() { reason }: ReasonBody, @CurrentCaller() caller: Caller) {
    return answering(() => this.parts.eventLog.adopt({ reason, by: nameOf(caller) }));
  }

  /** What was taken back, on whose word, and what no copy held; newest first. */
  @Get('log/adoptions')
  async adoptions(@Query() query: PageQuery) {
    return listAdoptions(this.parts.database, { limit: query.limit, after: afterOf(query) });
  }

  /** What was committed and lost with the database's tail, as far as a process lived to tell; newest first. */
  @Get('log/losses')
  async losses(@Query() query: PageQuery) {
    return listLosses(this.parts.database, { limit: query.limit, after: afterOf(query) });
  }

  /** Every partition of every consumer, how far it is behind, and why it stopped where it did. */
  @Get('consumers')
  async consumers() {
    const { database, eventLog, consumers } = this.parts;
    return {
      items: await listConsumers(database, consumers, (topic) => eventLog.topicOffsets(topic)),
      nextCursor: null,
    };
  }

  /** Lets a partition go on behind a gap or at a fork; what lies between is never applied here. */
  @Post('consumers/:consumer/partitions/:partition/accept')
  @HttpCode(200)
  async accept(@Param() path: PartitionPath, @Body() { reason }: ReasonBody, @CurrentCaller() caller: Caller) {
    const consumer = this.consumer(path.consumer);
    return resumedView(await answering(() => consumer.accept(path.partition, { reason, by: nameOf(caller) })));
  }

  /** Lets a stopped partition try again. */
  @Post('consumers/:consumer/partitions/:partition/resume')
  @HttpCode(200)
  async resume(@Param() path: PartitionPath, @Body() body: ResumeBody) {
    const offset = body.offset === undefined ? null : BigInt(body.offset);
    const consumer = this.consumer(path.consumer);
    return resumedView(await answering(() => consumer.resume(path.partition, { offset })));
  }

  /** What was skipped on somebody's word, newest first. */
  @Get('accepted-gaps')
  async acceptedGaps(@Query() query: PageQuery) {
    return listAcceptedGaps(this.parts.database, { limit: query.limit, after: afterOf(query) });
  }

  /** Dead letters, newest first; without their values, which may be personal data, unless asked for. */
  @Get('dead-letters')
  async deadLetters(@Query() query: DeadLettersQuery) {
    const { consumer, resolved = false, values = false, limit } = query;
    return listDeadLetters(this.parts.database, { consumer, resolved, values, limit, after: afterOf(query) });
  }

  /** One dead letter; with its value where that is asked for. */
  @Get('dead-letters/:id')
  async deadLetter(@Param() { id }: DeadLetterPath, @Query() { values = false }: ValuesQuery) {
    return this.letter(id, values);
  }

  /** Applies a dead letter after all, with what is parked behind it, in order; 409 where the consumer never redoes. */
  @Post('dead-letters/:id/retry')
  @HttpCode(200)
  async retry(@Param() { id }: DeadLetterPath, @CurrentCaller() caller: Caller) {
    const { consumer } = await this.letter(id);
    return { applied: await answering(() => this.consumer(consumer).retry(id, nameOf(caller))) };
  }

  /** Gives a dead letter up; what is parked behind it can be retried then. */
  @Post('dead-letters/:id/dismiss')
  @HttpCode(200)
  async dismiss(@Param() { id }: DeadLetterPath, @Body() { reason }: ReasonBody, @CurrentCaller() caller: Caller) {
    const { consumer } = await this.letter(id);
    await answering(() => this.consumer(consumer).dismiss(id, { reason, by: nameOf(caller) }));
    return this.letter(id);
  }

  private async letter(id: number, values = false): Promise<DeadLetterView> {
    const letter = await readDeadLetter(this.parts.database, id, values);
    if (letter === undefined) throw notFound('dead letter');
    return letter;
  }

  private consumer(name: string): LogConsumer {
    const consumer = this.parts.consumers.find((one) => one.key.consumer === name);
    if (consumer === undefined) throw notFound('consumer');
    return consumer;
  }
}

/** Offsets are numbers in this API, as positions are: both stay far below 2^53. */
function resumedView({ partition, position, nextOffset }: Resumed) {
  return { partition, position, nextOffset: nextOffset === null ? null : Number(nextOffset) };
}

function afterOf(query: PageQuery): number | null {
  return decodeCursor(query.cursor, ['number'])?.[0] ?? null;
}

function nameOf(caller: Caller): string {
  return caller.subject ?? 'an operator without a name';
}
