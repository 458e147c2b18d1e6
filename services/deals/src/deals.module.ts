import { Module, type DynamicModule } from '@nestjs/common';
import { EventLogModule, type EventLog, type EventLogParts, type LogConsumer } from '@ponte/event-log';
import { DatabaseModule, type ConnectedDatabase } from '@ponte/service-kit';
import { INBOUND_CONSUMER, InboundController } from './apply-inbound/inbound.controller.js';
import { CatalogueCommands } from './catalogue/catalogue-commands.js';
import { CatalogueQueries } from './catalogue/catalogue-queries.js';
import { OriginGroupsController } from './catalogue/origin-groups.controller.js';
import { OriginsController } from './catalogue/origins.controller.js';
import { OwnersController } from './catalogue/owners.controller.js';
import { StagesController } from './catalogue/stages.controller.js';
import { TagsController } from './catalogue/tags.controller.js';
import { Commands } from './commands/commands.js';
import { ContactQueries } from './contacts/contact-queries.js';
import { ContactsController } from './contacts/contacts.controller.js';
import { DealCommands } from './deals/deal-commands.js';
import { DealQueries } from './deals/deal-queries.js';
import { DealsController } from './deals/deals.controller.js';
import type { CatalogueCache } from './projections/catalogue-cache.js';

export interface DealsParts {
  readonly database: ConnectedDatabase;
  readonly eventLog: EventLog;
  readonly cache: CatalogueCache;
  readonly consumer: LogConsumer;
  readonly log: EventLogParts;
}

/** The API of deals, and what it follows of ponte.inbound.v1. */
@Module({})
export class DealsModule {
  static of({ database, eventLog, cache, consumer, log }: DealsParts): DynamicModule {
    return {
      module: DealsModule,
      imports: [DatabaseModule.of(database), EventLogModule.of(log)],
      controllers: [
        OriginGroupsController,
        OriginsController,
        StagesController,
        TagsController,
        OwnersController,
        DealsController,
        ContactsController,
        InboundController,
      ],
      providers: [
        { provide: Commands, useValue: new Commands(database, eventLog, cache) },
        { provide: INBOUND_CONSUMER, useValue: consumer },
        CatalogueCommands,
        CatalogueQueries,
        DealCommands,
        DealQueries,
        ContactQueries,
      ],
    };
  }
}
