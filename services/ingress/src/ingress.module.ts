import { Module, type DynamicModule } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { EventLogModule, type EventLogParts, type LogConsumer } from '@ponte/event-log';
import { DatabaseModule, type ConnectedDatabase } from '@ponte/service-kit';
import { HistoryController } from './history/history.controller.js';
import { HistoryService } from './history/history.service.js';
import { PARTITION_OF, PUBLIC_URL, TOKEN_SEALER, type PartitionOf, type TokenSealer } from './injected.js';
import { IntegrationsController } from './integrations/integrations.controller.js';
import { IntegrationsService } from './integrations/integrations.service.js';
import { PresetsController } from './integrations/presets.controller.js';
import { CaughtUpInterceptor } from './outcomes/caught-up.interceptor.js';
import { DEALS_CONSUMER, DealsEventsController } from './outcomes/deals-events.controller.js';
import { OutcomeGapsController } from './outcomes/outcome-gaps.controller.js';
import { OutcomeGaps } from './outcomes/outcome-gaps.service.js';

export interface IngressParts {
  log: EventLogParts;
  database: ConnectedDatabase;
  consumer: LogConsumer;
  gaps: OutcomeGaps;
  partitionOf: PartitionOf;
  sealer: TokenSealer;
  publicUrl: string;
}

/** The admin side of ingress: its API, and what it follows of ponte.deals.v1. */
@Module({})
export class IngressModule {
  static of(parts: IngressParts): DynamicModule {
    return {
      module: IngressModule,
      imports: [DatabaseModule.of(parts.database), EventLogModule.of(parts.log)],
      controllers: [
        IntegrationsController,
        PresetsController,
        HistoryController,
        OutcomeGapsController,
        DealsEventsController,
      ],
      providers: [
        IntegrationsService,
        HistoryService,
        { provide: OutcomeGaps, useValue: parts.gaps },
        { provide: DEALS_CONSUMER, useValue: parts.consumer },
        { provide: APP_INTERCEPTOR, useClass: CaughtUpInterceptor },
        { provide: PARTITION_OF, useValue: parts.partitionOf },
        { provide: TOKEN_SEALER, useValue: parts.sealer },
        { provide: PUBLIC_URL, useValue: parts.publicUrl },
      ],
    };
  }
}
