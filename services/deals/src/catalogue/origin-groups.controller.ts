import { Body, Controller, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import type { OriginGroup } from '@ponte/contracts';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, IdempotencyKey, IdOf, Idempotency } from '../commands/http.js';
import { entityId, workspaceId } from '../ids.js';
import { entry } from './catalogue.js';
import { CatalogueCommands } from './catalogue-commands.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { CatalogueQuery, ChangeDto, NameDto } from './dtos.js';
import { OriginGroupEntity } from './entities.js';
import { entryResource } from './resources.js';

@ApiTags('catalogue')
@Controller('v1/origin-groups')
@UseInterceptors(AnswerCommands)
export class OriginGroupsController {
  constructor(
    private readonly commands: CatalogueCommands,
    private readonly queries: CatalogueQueries,
  ) {}

  @Post()
  @IdempotencyKey()
  async create(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Body() body: NameDto,
  ): Promise<Answer<OriginGroup>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      (command) => ({ kind: 'CreateOriginGroup', id: entityId(command, 'origin-group'), name: body.name }),
      (catalogue, id) => entry(catalogue.groups, id, 'origin group'),
    );
  }

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: CatalogueQuery): Promise<Page<OriginGroup>> {
    const page = await this.queries.list(OriginGroupEntity, workspaceId(workspace), query, {
      archived: query.archived,
    });
    return { ...page, items: page.items.map(entryResource) };
  }

  @Get(':id')
  async get(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('origin group')) id: string,
  ): Promise<OriginGroup> {
    return entryResource(await this.queries.get(OriginGroupEntity, workspaceId(workspace), id, 'origin group'));
  }

  @Patch(':id')
  async change(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('origin group')) id: string,
    @Body() body: ChangeDto,
  ): Promise<Answer<OriginGroup>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      () => ({ kind: 'UpdateOriginGroup', id, change: body }),
      (catalogue) => entry(catalogue.groups, id, 'origin group'),
    );
  }
}
