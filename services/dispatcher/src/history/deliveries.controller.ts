import { Controller, Get, HttpCode, Inject, Param, ParseUUIDPipe, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  conflict,
  CurrentWorkspace,
  DATABASE,
  decodeCursor,
  notFound,
  pageOf,
  type Database,
  type WorkspaceId,
} from '@ponte/service-kit';
import { CaughtUpInterceptor } from '../catalogue/caught-up.interceptor.js';
import { ENGINE, type WakesEngine } from '../injected.js';
import { DeliveriesQuery } from './deliveries.query.js';
import { attemptsOf, findDelivery, listDeliveries } from './delivery-history.js';
import { deliveryDetail, deliveryResource } from './delivery.resource.js';
import { tryAgain } from './try-again.js';

@ApiTags('deliveries')
@Controller('v1/deliveries')
@UseInterceptors(CaughtUpInterceptor)
export class DeliveriesController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(ENGINE) private readonly engine: WakesEngine,
  ) {}

  /** Newest first. */
  @Get()
  async list(@CurrentWorkspace() workspaceId: WorkspaceId, @Query() query: DeliveriesQuery) {
    const { integrationId, dealId, status, limit } = query;
    const before = decodeCursor(query.cursor, ['number']);
    const filter = { integrationId, dealId, status };
    const rows = await listDeliveries(this.database, workspaceId, filter, before?.[0] ?? null, limit + 1);
    return pageOf(rows, limit, (row) => [row.seq], deliveryResource);
  }

  /** With what was sent and every try. */
  @Get(':id')
  async get(@CurrentWorkspace() workspaceId: WorkspaceId, @Param('id', ParseUUIDPipe) id: string) {
    const row = await findDelivery(this.database, workspaceId, id);
    if (row === null) throw notFound('delivery');
    return deliveryDetail(row, await attemptsOf(this.database, row.id));
  }

  /** One more try of a delivery that failed, with the same webhook-id and content. */
  @Post(':id/retry')
  @HttpCode(200)
  async retry(@CurrentWorkspace() workspaceId: WorkspaceId, @Param('id', ParseUUIDPipe) id: string) {
    const result = await this.database.transaction((sql) => tryAgain(sql, workspaceId, id));
    switch (result.kind) {
      case 'waiting':
        this.engine.wake([result.integrationId]);
        return this.get(workspaceId, id);
      case 'not_found':
        throw notFound('delivery');
      case 'not_failed':
        throw conflict('not_failed', 'Only a delivery that failed is tried again by hand.');
      case 'integration_deleted':
        throw conflict('integration_deleted', 'Its integration was deleted.');
      case 'too_many_hops':
        throw conflict('too_many_hops', 'It would go on in a loop.');
    }
  }
}
