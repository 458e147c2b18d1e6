import { Body, Controller, Get, Param, Patch, Post, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Stage } from '@ponte/contracts';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, Idempotency, IdempotencyKey, IdOf } from '../commands/http.js';
import { entityId, workspaceId } from '../ids.js';
import { entry } from './catalogue.js';
import { CatalogueCommands } from './catalogue-commands.js';
import { CatalogueQueries } from './catalogue-queries.js';
import { ChangeStageDto, CreateStageDto } from './dtos.js';
import { OriginEntity } from './entities.js';
import { entryResource } from './resources.js';

@ApiTags('catalogue')
@Controller('v1')
@UseInterceptors(AnswerCommands)
export class StagesController {
  constructor(
    private readonly commands: CatalogueCommands,
    private readonly queries: CatalogueQueries,
  ) {}

  @Post('origins/:id/stages')
  @IdempotencyKey()
  async create(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('origin')) originId: string,
    @Body() { name, order }: CreateStageDto,
  ): Promise<Answer<Stage>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      (command) => ({ kind: 'CreateStage', id: entityId(command, 'stage'), originId, name, order }),
      (catalogue, id) => entry(catalogue.stages, id, 'stage'),
    );
  }

  /** An origin has few stages: they are one page. */
  @Get('origins/:id/stages')
  async list(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('origin')) originId: string,
  ): Promise<Page<Stage>> {
    await this.queries.get(OriginEntity, workspaceId(workspace), originId, 'origin');
    const stages = await this.queries.stages(workspaceId(workspace), [originId]);
    return { items: stages.map(entryResource), nextCursor: null };
  }

  @Patch('stages/:id')
  async change(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('stage')) id: string,
    @Body() body: ChangeStageDto,
  ): Promise<Answer<Stage>> {
    return this.commands.run(
      { workspaceId: workspaceId(workspace), idempotency },
      () => ({ kind: 'UpdateStage', id, change: body }),
      (catalogue) => entry(catalogue.stages, id, 'stage'),
    );
  }
}
