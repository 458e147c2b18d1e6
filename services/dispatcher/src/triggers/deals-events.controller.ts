import { Controller, Inject, UseFilters } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { HandedBackErrors, type WaitingRecords } from '@ponte/kafka';
import { DEALS_CONSUMER, type FollowsDeals } from '../injected.js';
import { DEALS_TOPIC } from './deals-consumer.js';

/** Hands over what is waiting in ponte.deals.v1. */
@Controller()
@UseFilters(new HandedBackErrors())
export class DealsEventsController {
  constructor(@Inject(DEALS_CONSUMER) private readonly deals: FollowsDeals) {}

  @EventPattern(DEALS_TOPIC)
  follow(@Payload() waiting: WaitingRecords): Promise<void> {
    return this.deals.handle(waiting);
  }
}
