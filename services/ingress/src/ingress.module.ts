import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule, type ConnectedDatabase } from '@ponte/service-kit';
import { HistoryController } from './history/history.controller.js';
import { HistoryService } from './history/history.service.js';
import { PARTITION_OF, PUBLIC_URL, TOKEN_SEALER, type PartitionOf, type TokenSealer } from './injected.js';
import { IntegrationsController } from './integrations/integrations.controller.js';
import { IntegrationsService } from './integrations/integrations.service.js';
import { PresetsController } from './integrations/presets.controller.js';

export interface IngressParts {
  database: ConnectedDatabase;
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
      imports: [DatabaseModule.of(parts.database)],
      controllers: [IntegrationsController, PresetsController, HistoryController],
      providers: [
        IntegrationsService,
        HistoryService,
        { provide: PARTITION_OF, useValue: parts.partitionOf },
        { provide: TOKEN_SEALER, useValue: parts.sealer },
        { provide: PUBLIC_URL, useValue: parts.publicUrl },
      ],
    };
  }
}
