import { Body, Controller, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, PageQuery, type Page } from '@ponte/service-kit';
import type { Answer, Asked } from '../commands/commands.js';
import { AnswerCommands, Idempotency, IdempotencyKey, IdOf } from '../commands/http.js';
import { workspaceId } from '../ids.js';
import { DealCommands } from './deal-commands.js';
import { DealQueries, type DealEventResource, type DealResource } from './deal-queries.js';
import { DealsQuery, LoseDto, MoveDto } from './dtos.js';

@ApiTags('deals')
@Controller('v1/deals')
@UseInterceptors(AnswerCommands)
export class DealsController {
  constructor(
    private readonly commands: DealCommands,
    private readonly queries: DealQueries,
  ) {}

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: DealsQuery): Promise<Page<DealResource>> {
    return this.queries.list(workspaceId(workspace), query);
  }

  @Get(':id')
  async get(@CurrentWorkspace() workspace: string, @Param('id', new IdOf('deal')) id: string): Promise<DealResource> {
    return this.queries.get(workspaceId(workspace), id);
  }

  @Get(':id/events')
  async events(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('deal')) id: string,
    @Query() query: PageQuery,
  ): Promise<Page<DealEventResource>> {
    return this.queries.events(workspaceId(workspace), id, query);
  }

  @Post(':id/move')
  @HttpCode(200)
  @IdempotencyKey()
  async move(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('deal')) id: string,
    @Body() { stageId }: MoveDto,
  ): Promise<Answer<DealResource>> {
    return this.commands.run({ workspaceId: workspaceId(workspace), idempotency }, id, { kind: 'Move', stageId });
  }

  @Post(':id/win')
  @HttpCode(200)
  @IdempotencyKey()
  async win(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('deal')) id: string,
  ): Promise<Answer<DealResource>> {
    return this.commands.run({ workspaceId: workspaceId(workspace), idempotency }, id, { kind: 'Win' });
  }

  @Post(':id/lose')
  @HttpCode(200)
  @IdempotencyKey()
  async lose(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('deal')) id: string,
    @Body() body: LoseDto,
  ): Promise<Answer<DealResource>> {
    const command = { kind: 'Lose' as const, lostReason: body.lostReason ?? null };
    return this.commands.run({ workspaceId: workspaceId(workspace), idempotency }, id, command);
  }

  @Post(':id/reopen')
  @HttpCode(200)
  @IdempotencyKey()
  async reopen(
    @CurrentWorkspace() workspace: string,
    @Idempotency() idempotency: Asked['idempotency'],
    @Param('id', new IdOf('deal')) id: string,
  ): Promise<Answer<DealResource>> {
    return this.commands.run({ workspaceId: workspaceId(workspace), idempotency }, id, { kind: 'Reopen' });
  }
}
