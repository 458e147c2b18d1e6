import { Body, Controller, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, Idempotency, IdempotencyKey, IdOf } from '../commands/http.js';
import { entityId, workspaceId } from '../ids.js';
import { CatalogueCommands } from './catalogue-commands.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { ChangeOriginDto, CreateOriginDto, OriginsQuery } from './dtos.js';
import { OriginEntity } from './entities.js';
import { originOf, originResource, type OriginResource } from './resources.js';

@ApiTags('catalogue')
@Controller('v1/origins')
@UseInterceptors(AnswerCommands)
export class OriginsController {
  constructor(
    private readonly commands: CatalogueCommands,
    private readonly queries: CatalogueQueries,
  ) {}

  @Post()
  @IdempotencyKey()
  async create(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Body() body: CreateOriginDto,
  ): Promise<Answer<OriginResource>> {
    const { name, groupId } = body;
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      (command) => ({
        kind: 'CreateOrigin',
        id: entityId(command, 'origin'),
        name,
        groupId,
        stages: body.stages.map((stage, order) => ({ ...stage, id: entityId(command, `stage/${String(order)}`) })),
      }),
      originOf,
    );
  }

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: OriginsQuery): Promise<Page<OriginResource>> {
    const { archived, groupId } = query;
    const page = await this.queries.list(OriginEntity, workspaceId(workspace), query, { archived, groupId });
    const ids = page.items.map((origin) => origin.id);
    const stages = await this.queries.stages(workspaceId(workspace), ids);
    return { ...page, items: page.items.map((origin) => originResource(origin, stages)) };
  }

  @Get(':id')
  async get(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('origin')) id: string,
  ): Promise<OriginResource> {
    const origin = await this.queries.get(OriginEntity, workspaceId(workspace), id, 'origin');
    return originResource(origin, await this.queries.stages(workspaceId(workspace), [id]));
  }

  @Patch(':id')
  async change(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('origin')) id: string,
    @Body() body: ChangeOriginDto,
  ): Promise<Answer<OriginResource>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      () => ({ kind: 'UpdateOrigin', id, change: body }),
      originOf,
    );
  }
}
