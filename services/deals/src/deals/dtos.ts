import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DealStatus } from '@ponte/contracts';
import { PageQuery } from '@ponte/service-kit';
import { IsIn, IsOptional, IsString, IsUUID, Length } from 'class-validator';

const statuses = ['OPEN', 'WON', 'LOST'] as const satisfies readonly DealStatus[];

export class MoveDto {
  @ApiProperty({ format: 'uuid', description: 'a stage of the deal’s origin' })
  @IsUUID()
  stageId!: string;
}

export class LoseDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 1_000, type: 'string', nullable: true })
  @IsOptional()
  @IsString()
  @Length(1, 1_000)
  lostReason?: string | null;
}

export class DealsQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  originId?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  stageId?: string;

  @ApiPropertyOptional({ enum: statuses })
  @IsOptional()
  @IsIn(statuses)
  status?: DealStatus;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  contactId?: string;

  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  ownerId?: string;
}
