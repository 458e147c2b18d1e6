import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, PageQuery, type WorkspaceId } from '@ponte/service-kit';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { HistoryService } from './history.service.js';
import { requestDetailResource, requestResource } from './request.resource.js';

const OUTCOMES = ['created', 'updated', 'unchanged', 'ignored', 'rejected', 'failed'] as const;

export class HistoryQuery extends PageQuery {
  @ApiProperty({ format: 'uuid', required: false })
  @IsOptional()
  @IsUUID('all')
  integrationId?: string;

  @ApiProperty({ enum: OUTCOMES, required: false, description: 'Requests with an item of this outcome.' })
  @IsOptional()
  @IsIn(OUTCOMES)
  outcome?: (typeof OUTCOMES)[number];
}

@ApiTags('inbound requests')
@Controller('v1/inbound-requests')
export class HistoryController {
  constructor(private readonly history: HistoryService) {}

  /** What was received, newest first. */
  @Get()
  async list(@CurrentWorkspace() workspaceId: WorkspaceId, @Query() query: HistoryQuery) {
    const page = await this.history.list(workspaceId, query);
    return { ...page, items: page.items.map(requestResource) };
  }

  /** One request, with its bytes and what they were mapped to. */
  @Get(':id')
  async get(@CurrentWorkspace() workspaceId: WorkspaceId, @Param('id', ParseUUIDPipe) id: string) {
    return requestDetailResource(await this.history.get(workspaceId, id));
  }
}
