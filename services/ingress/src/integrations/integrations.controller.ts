import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { allows, CurrentCaller, CurrentWorkspace, PageQuery, type Caller, type WorkspaceId } from '@ponte/service-kit';
import { PUBLIC_URL } from '../injected.js';
import type { InboundIntegration } from './inbound-integration.entity.js';
import { CreateIntegrationDto, EditIntegrationDto } from './integration.dto.js';
import { changeResource, integrationResource } from './integration.resource.js';
import { IntegrationsService } from './integrations.service.js';
import { toSettings } from './settings.js';

@ApiTags('inbound integrations')
@Controller('v1/inbound-integrations')
export class IntegrationsController {
  constructor(
    private readonly integrations: IntegrationsService,
    @Inject(PUBLIC_URL) private readonly publicUrl: string,
  ) {}

  @Post()
  async create(@CurrentCaller() caller: Caller, @Body() dto: CreateIntegrationDto) {
    const { name, preset, target, mode, closedDealsMatch } = dto;
    const made = await this.integrations.create(caller, {
      name,
      preset,
      target,
      mode,
      closedDealsMatch,
      originId: dto.originId?.toLowerCase() ?? null,
      mapping: dto.mapping ?? null,
      settings: toSettings(dto.settings),
    });
    return this.shown(made, caller);
  }

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: PageQuery) {
    const page = await this.integrations.list(caller.workspaceId, query);
    return { ...page, items: page.items.map((integration) => this.shown(integration, caller)) };
  }

  @Get(':id')
  async get(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string) {
    return this.shown(await this.integrations.get(caller.workspaceId, id), caller);
  }

  @Patch(':id')
  async edit(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string, @Body() dto: EditIntegrationDto) {
    const { name, mode, originId, closedDealsMatch, mapping, settings } = dto;
    const edited = await this.integrations.edit(caller, id, {
      ...(name === undefined ? {} : { name }),
      ...(mode === undefined ? {} : { mode }),
      ...(originId === undefined ? {} : { originId: originId.toLowerCase() }),
      ...(closedDealsMatch === undefined ? {} : { closedDealsMatch }),
      ...(mapping === undefined ? {} : { mapping }),
      ...(settings === undefined ? {} : { settings: toSettings(settings) }),
    });
    return this.shown(edited, caller);
  }

  @Post(':id/pause')
  @HttpCode(200)
  async pause(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string) {
    return this.shown(await this.integrations.pause(caller, id), caller);
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string) {
    return this.shown(await this.integrations.resume(caller, id), caller);
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

  private shown(integration: InboundIntegration, caller: Caller) {
    const mayKnow = allows(caller.role, 'editor');
    const url = mayKnow ? `${this.publicUrl}/in/${this.integrations.tokenOf(integration)}` : null;
    return integrationResource(integration, url);
  }
}
