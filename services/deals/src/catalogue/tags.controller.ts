import { Body, Controller, Get, Param, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import type { Tag } from '@ponte/contracts';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, IdempotencyKey, IdOf, Idempotency } from '../commands/http.js';
import { entityId, workspaceId } from '../ids.js';
import { entry } from './catalogue.js';
import { CatalogueCommands } from './catalogue-commands.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { CatalogueQuery, ChangeDto, NameDto } from './dtos.js';
import { TagEntity } from './entities.js';
import { entryResource } from './resources.js';

@ApiTags('catalogue')
@Controller('v1/tags')
@UseInterceptors(AnswerCommands)
export class TagsController {
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
  ): Promise<Answer<Tag>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      (command) => ({ kind: 'CreateTag', id: entityId(command, 'tag'), name: body.name }),
      (catalogue, id) => entry(catalogue.tags, id, 'tag'),
    );
  }

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: CatalogueQuery): Promise<Page<Tag>> {
    const page = await this.queries.list(TagEntity, workspaceId(workspace), query, { archived: query.archived });
    return { ...page, items: page.items.map(entryResource) };
  }

  @Get(':id')
  async get(@CurrentWorkspace() workspace: string, @Param('id', new IdOf('tag')) id: string): Promise<Tag> {
    return entryResource(await this.queries.get(TagEntity, workspaceId(workspace), id, 'tag'));
  }

  @Patch(':id')
  async change(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('tag')) id: string,
    @Body() body: ChangeDto,
  ): Promise<Answer<Tag>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      () => ({ kind: 'UpdateTag', id, change: body }),
      (catalogue) => entry(catalogue.tags, id, 'tag'),
    );
  }
}
