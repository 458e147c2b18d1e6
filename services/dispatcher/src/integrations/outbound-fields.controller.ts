import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { GROUP_LABELS, outgoingCatalogue } from '@ponte/mapping';

/** What can be sent, and under which identifier by default. Custom fields go as `contact.customFields.<key>`, `deal.customFields.<key>`. */
@ApiTags('outbound integrations')
@Controller('v1/outbound-fields')
export class OutboundFieldsController {
  @Get()
  list() {
    const items = outgoingCatalogue({ contact: [], deal: [] }).map((field) => ({
      field: field.key,
      identifier: field.identifier,
      group: field.group,
      groupLabel: GROUP_LABELS[field.group],
      label: field.label,
    }));
    return { items, nextCursor: null };
  }
}
