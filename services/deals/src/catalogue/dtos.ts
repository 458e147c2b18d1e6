import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '@ponte/service-kit';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Max,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const longestName = 200;
const mostStages = 100;

const trimmed = () => Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));

/** Absent is fine; null is not, since no field of the catalogue can be emptied. */
const unlessAbsent = () => ValidateIf((_object, value: unknown) => value !== undefined);

/** What everything in a catalogue has. */
export class NameDto {
  @ApiProperty({ minLength: 1, maxLength: longestName })
  @trimmed()
  @IsString()
  @Length(1, longestName)
  name!: string;
}

export class ChangeDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: longestName })
  @unlessAbsent()
  @trimmed()
  @IsString()
  @Length(1, longestName)
  name?: string;

  @ApiPropertyOptional()
  @unlessAbsent()
  @IsBoolean()
  archived?: boolean;
}

export class CreateOriginDto extends NameDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  groupId!: string;

  @ApiProperty({ type: [NameDto], minItems: 1, maxItems: mostStages, description: 'in their order' })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(mostStages)
  @ValidateNested({ each: true })
  @Type(() => NameDto)
  stages!: NameDto[];
}

export class ChangeOriginDto extends ChangeDto {
  @ApiPropertyOptional({ format: 'uuid' })
  @unlessAbsent()
  @IsUUID()
  groupId?: string;
}

export class CreateStageDto extends NameDto {
  @ApiPropertyOptional({ minimum: 0, description: 'Where among the stages; the others make room. Default: the last.' })
  @unlessAbsent()
  @IsInt()
  @Min(0)
  @Max(10_000)
  order?: number;
}

export class ChangeStageDto extends ChangeDto {
  @ApiPropertyOptional({ minimum: 0, description: 'Where among the stages; the others make room.' })
  @unlessAbsent()
  @IsInt()
  @Min(0)
  @Max(10_000)
  order?: number;
}

export class CreateOwnerDto extends NameDto {
  @ApiProperty({ format: 'email' })
  @trimmed()
  @IsEmail()
  email!: string;
}

export class ChangeOwnerDto extends ChangeDto {
  @ApiPropertyOptional({ format: 'email' })
  @unlessAbsent()
  @trimmed()
  @IsEmail()
  email?: string;
}

export class CatalogueQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'only archived ones, or only others' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  archived?: boolean;
}

export class OriginsQuery extends CatalogueQuery {
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID()
  groupId?: string;
}
