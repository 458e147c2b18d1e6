import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '@ponte/service-kit';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { OutcomeGaps } from './outcome-gaps.service.js';

export class AcceptGapDto {
  @ApiProperty({ description: 'What became of the payloads; kept with your name.' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(500)
  reason!: string;
}

/** Of the whole installation, as partitions are shared by workspaces: for operators. */
@ApiTags('operations')
@Roles('operator')
@Controller('v1/operations/outcome-gaps')
export class OutcomeGapsController {
  constructor(private readonly gaps: OutcomeGaps) {}

  /** Outcomes that are missing or came again, and that nobody has accepted yet. */
  @Get()
  async list() {
    return { items: await this.gaps.open(), nextCursor: null };
  }

  @Post(':id/accept')
  @HttpCode(204)
  async accept(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseIntPipe) id: number,
    @Body() dto: AcceptGapDto,
  ): Promise<void> {
    await this.gaps.accept(id, caller.subject ?? 'unknown', dto.reason);
  }
}
