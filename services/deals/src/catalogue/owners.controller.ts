import { Body, Controller, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import type { CatalogueOwner } from '@ponte/contracts';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, IdempotencyKey, IdOf, Idempotency } from '../commands/http.js';
import { entityId, workspaceId } from '../ids.js';
import { entry } from './catalogue.js';
import { CatalogueCommands } from './catalogue-commands.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { CatalogueQuery, ChangeOwnerDto, CreateOwnerDto } from './dtos.js';
import { OwnerEntity } from './entities.js';
import { entryResource } from './resources.js';

@ApiTags('catalogue')
@Controller('v1/owners')
@UseInterceptors(AnswerCommands)
export class OwnersController {
  constructor(
    private readonly commands: CatalogueCommands,
    private readonly queries: CatalogueQueries,
  ) {}

  @Post()
  @IdempotencyKey()
  async create(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Body() body: CreateOwnerDto,
  ): Promise<Answer<CatalogueOwner>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      (command) => ({ kind: 'CreateOwner', id: entityId(command, 'owner'), name: body.name, email: body.email }),
      (catalogue, id) => entry(catalogue.owners, id, 'owner'),
    );
  }

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: CatalogueQuery): Promise<Page<CatalogueOwner>> {
    const page = await this.queries.list(OwnerEntity, workspaceId(workspace), query, { archived: query.archived });
    return { ...page, items: page.items.map(entryResource) };
  }

  @Get(':id')
  async get(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('owner')) id: string,
  ): Promise<CatalogueOwner> {
    return entryResource(await this.queries.get(OwnerEntity, workspaceId(workspace), id, 'owner'));
  }

  @Patch(':id')
  async change(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('owner')) id: string,
    @Body() body: ChangeOwnerDto,
  ): Promise<Answer<CatalogueOwner>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      () => ({ kind: 'UpdateOwner', id, change: body }),
      (catalogue) => entry(catalogue.owners, id, 'owner'),
    );
  }
}
