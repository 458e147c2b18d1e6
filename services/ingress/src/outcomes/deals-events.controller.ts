import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LogConsumer } from '@ponte/event-log';
import { HandedBackErrors, type WaitingRecords } from '@ponte/kafka';
import { DEALS_TOPIC } from './deals-consumer.js';

/** Injects the consumer of ponte.deals.v1. */
export const DEALS_CONSUMER = Symbol('DealsConsumer');

@Controller()
@UseFilters(new HandedBackErrors())
export class DealsEventsController {
  constructor(@Inject(DEALS_CONSUMER) private readonly consumer: LogConsumer) {}

  @EventPattern(DEALS_TOPIC)
  handle(@Payload() waiting: WaitingRecords): Promise<void> {
    return this.consumer.handle(waiting);
  }
}
