import { Module, type DynamicModule } from '@nestjs/common';
import { EventLogModule, type EventLogParts } from '@ponte/event-log';
import { DatabaseModule, type ConnectedDatabase } from '@ponte/service-kit';
import { CaughtUpInterceptor } from './catalogue/caught-up.interceptor.js';
import { DeliveriesController } from './history/deliveries.controller.js';
import { DEALS_CONSUMER, ENGINE, type FollowsDeals, type WakesEngine } from './injected.js';
import { IntegrationsController } from './integrations/integrations.controller.js';
import { IntegrationsService } from './integrations/integrations.service.js';
import { OutboundFieldsController } from './integrations/outbound-fields.controller.js';
import { DealsEventsController } from './triggers/deals-events.controller.js';

export interface DispatcherParts {
  readonly database: ConnectedDatabase;
  readonly engine: WakesEngine;
  readonly deals: FollowsDeals;
  readonly log: EventLogParts;
}

/** The API of the dispatcher, and what it follows. */
@Module({})
export class DispatcherModule {
  static of({ database, engine, deals, log }: DispatcherParts): DynamicModule {
    return {
      module: DispatcherModule,
      imports: [DatabaseModule.of(database), EventLogModule.of(log)],
      controllers: [IntegrationsController, OutboundFieldsController, DeliveriesController, DealsEventsController],
      providers: [
        IntegrationsService,
        CaughtUpInterceptor,
        { provide: ENGINE, useValue: engine },
        { provide: DEALS_CONSUMER, useValue: deals },
      ],
    };
  }
}
