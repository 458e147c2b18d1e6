import { ApiProperty } from '@nestjs/swagger';
import { PageQuery } from '@ponte/service-kit';
import { IsIn, IsOptional, IsUUID } from 'class-validator';

export const DELIVERY_STATUSES = ['pending', 'held', 'succeeded', 'failed', 'discarded'] as const;
export type ShownStatus = (typeof DELIVERY_STATUSES)[number];

export class DeliveriesQuery extends PageQuery {
  @ApiProperty({ format: 'uuid', required: false })
  @IsOptional()
  @IsUUID('all')
  integrationId?: string;

  @ApiProperty({ format: 'uuid', required: false })
  @IsOptional()
  @IsUUID('all')
  dealId?: string;

  @ApiProperty({ enum: DELIVERY_STATUSES, required: false })
  @IsOptional()
  @IsIn(DELIVERY_STATUSES)
  status?: ShownStatus;
}
