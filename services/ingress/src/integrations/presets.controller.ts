import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { PRESETS, type Preset } from '@ponte/mapping';

@ApiTags('presets')
@Controller('v1/presets')
export class PresetsController {
  /** The tools that Ponte knows, and the webhook for all others. */
  @Get()
  list() {
    return { items: PRESETS.map(presetResource), nextCursor: null };
  }
}

function presetResource({ key, label, mapping, deliveryId, authenticity }: Preset) {
  return { key, label, mapping, deliveryId, authenticity: authenticity.kind };
}
