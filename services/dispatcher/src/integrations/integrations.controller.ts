import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
  UseInterceptors,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { defaultOutgoingMapping, validateOutgoingMapping, type OutgoingMapping } from '@ponte/mapping';
import { CurrentCaller, CurrentWorkspace, invalid, PageQuery, type Caller, type WorkspaceId } from '@ponte/service-kit';
import { CaughtUpInterceptor } from '../catalogue/caught-up.interceptor.js';
import { CreateIntegrationDto, EditIntegrationDto, FilterDto, ResumeDto } from './integration.dto.js';
import { changeResource, integrationResource } from './integration.resource.js';
import { IntegrationsService } from './integrations.service.js';
import type { TriggerFilter } from '../triggers/matches.js';

@ApiTags('outbound integrations')
@Controller('v1/outbound-integrations')
@UseInterceptors(CaughtUpInterceptor)
export class IntegrationsController {
  constructor(private readonly integrations: IntegrationsService) {}

  @Post()
  async create(@CurrentCaller() caller: Caller, @Body() dto: CreateIntegrationDto) {
    const { name, trigger, originId, url, method } = dto;
    const filter = toFilter(dto.filter ?? {});
    const mapping = dto.mapping === undefined ? defaultOutgoingMapping() : toMapping(dto.mapping);
    const draft = { name, trigger, originId, filter, url, method, mapping };
    return integrationResource(await this.integrations.create(caller, draft));
  }

  @Get()
  async list(@CurrentWorkspace() workspaceId: WorkspaceId, @Query() query: PageQuery) {
    const page = await this.integrations.list(workspaceId, query);
    return { ...page, items: page.items.map(integrationResource) };
  }

  @Get(':id')
  async get(@CurrentWorkspace() workspaceId: WorkspaceId, @Param('id', ParseUUIDPipe) id: string) {
    return integrationResource(await this.integrations.get(workspaceId, id));
  }

  @Patch(':id')
  async edit(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string, @Body() dto: EditIntegrationDto) {
    const { name, trigger, originId, filter, url, method, mapping } = dto;
    const edited = await this.integrations.edit(caller, id, {
      ...(name === undefined ? {} : { name }),
      ...(trigger === undefined ? {} : { trigger }),
      ...(originId === undefined ? {} : { originId }),
      ...(filter === undefined ? {} : { filter: toFilter(filter) }),
      ...(url === undefined ? {} : { url }),
      ...(method === undefined ? {} : { method }),
      ...(mapping === undefined ? {} : { mapping: toMapping(mapping) }),
    });
    return integrationResource(edited);
  }

  @Post(':id/pause')
  @HttpCode(200)
  async pause(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string) {
    return integrationResource(await this.integrations.pause(caller, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string, @Body() { held }: ResumeDto) {
    return integrationResource(await this.integrations.resume(caller, id, held));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.integrations.delete(caller, id);
  }

  /** Who changed what, newest first. */
  @Get(':id/changes')
  async changes(
    @CurrentWorkspace() workspaceId: WorkspaceId,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageQuery,
  ) {
    const page = await this.integrations.changes(workspaceId, id, query);
    return { ...page, items: page.items.map(changeResource) };
  }
}

/** A plain object without the members that were not given. */
function toFilter({ stageIds, fromStageIds, toStageIds, statuses, tagIds }: FilterDto): TriggerFilter {
  return {
    ...(stageIds === undefined ? {} : { stageIds }),
    ...(fromStageIds === undefined ? {} : { fromStageIds }),
    ...(toStageIds === undefined ? {} : { toStageIds }),
    ...(statuses === undefined ? {} : { statuses }),
    ...(tagIds === undefined ? {} : { tagIds }),
  };
}

function toMapping(given: unknown): OutgoingMapping {
  const parsed = validateOutgoingMapping(given);
  if (parsed.kind === 'mapping') return parsed.mapping;
  const errors = parsed.errors.map(({ place, detail }) => ({ field: `mapping${place}`, messages: [detail] }));
  throw invalid('The mapping is not valid.', errors);
}
