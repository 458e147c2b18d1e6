import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentWorkspace, type Page } from '@ponte/service-kit';
import { IdOf } from '../commands/http.js';
import { workspaceId } from '../ids.js';
import { ContactQueries, type ContactResource } from './contact-queries.js';
import { ContactsQuery } from './dtos.js';

@ApiTags('contacts')
@Controller('v1/contacts')
export class ContactsController {
  constructor(private readonly queries: ContactQueries) {}

  @Get()
  async list(@CurrentWorkspace() workspace: string, @Query() query: ContactsQuery): Promise<Page<ContactResource>> {
    return this.queries.list(workspaceId(workspace), query);
  }

  @Get(':id')
  async get(
    @CurrentWorkspace() workspace: string,
    @Param('id', new IdOf('contact')) id: string,
  ): Promise<ContactResource> {
    return this.queries.get(workspaceId(workspace), id);
  }
}
