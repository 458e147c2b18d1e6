import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LogConsumer } from '@ponte/event-log';
import { HandedBackErrors, type WaitingRecords } from '@ponte/kafka';
import { inboundTopic } from './inbound-consumer.js';

/** Injects the consumer of ponte.inbound.v1. */
export const INBOUND_CONSUMER = Symbol('InboundConsumer');

@Controller()
@UseFilters(new HandedBackErrors())
export class InboundController {
  constructor(@Inject(INBOUND_CONSUMER) private readonly consumer: LogConsumer) {}

  @EventPattern(inboundTopic)
  handle(@Payload() waiting: WaitingRecords): Promise<void> {
    return this.consumer.handle(waiting);
  }
}
