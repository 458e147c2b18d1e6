import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const TARGETS = ['deal', 'contact'] as const;
const MODES = ['create', 'update', 'create_or_update'] as const;
const STATUSES = ['OPEN', 'WON', 'LOST'] as const;
const WHEN = ['always', 'on_creation'] as const;
const OWNER_WHEN = ['always', 'on_creation', 'where_none'] as const;

export class TagsSettingDto {
  @ApiProperty({ type: [String], format: 'uuid', maxItems: 50 })
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  tagIds!: string[];

  @ApiProperty({ enum: WHEN, default: 'always', required: false })
  @IsIn(WHEN)
  when: (typeof WHEN)[number] = 'always';
}

export class StageSettingDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID('all')
  stageId!: string;

  @ApiProperty({ enum: WHEN, default: 'always', required: false })
  @IsIn(WHEN)
  when: (typeof WHEN)[number] = 'always';
}

export class StatusSettingDto {
  @ApiProperty({ enum: STATUSES })
  @IsIn(STATUSES)
  status!: (typeof STATUSES)[number];

  @ApiProperty({ type: String, required: false, nullable: true, description: 'Of LOST alone.' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  lostReason?: string | null;

  @ApiProperty({ enum: WHEN, default: 'always', required: false })
  @IsIn(WHEN)
  when: (typeof WHEN)[number] = 'always';
}

export class OwnerSettingDto {
  @ApiProperty({ format: 'uuid' })
  @IsUUID('all')
  ownerId!: string;

  @ApiProperty({ enum: OWNER_WHEN, default: 'where_none', required: false })
  @IsIn(OWNER_WHEN)
  when: (typeof OWNER_WHEN)[number] = 'where_none';
}

/** What arriving deals get beside what their payload says. */
export class SettingsDto {
  @ApiProperty({ type: TagsSettingDto, required: false, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => TagsSettingDto)
  tags?: TagsSettingDto | null;

  @ApiProperty({ type: StageSettingDto, required: false, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => StageSettingDto)
  stage?: StageSettingDto | null;

  @ApiProperty({ type: StatusSettingDto, required: false, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => StatusSettingDto)
  status?: StatusSettingDto | null;

  @ApiProperty({ type: OwnerSettingDto, required: false, nullable: true })
  @IsOptional()
  @ValidateNested()
  @Type(() => OwnerSettingDto)
  owner?: OwnerSettingDto | null;
}

export class CreateIntegrationDto {
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name!: string;

  @ApiProperty({ description: 'The key of a preset: see GET /v1/presets.', example: 'generic' })
  @IsString()
  @MaxLength(100)
  preset!: string;

  @ApiProperty({ enum: TARGETS })
  @IsIn(TARGETS)
  target!: (typeof TARGETS)[number];

  @ApiProperty({ enum: MODES })
  @IsIn(MODES)
  mode!: (typeof MODES)[number];

  @ApiProperty({
    type: String,
    format: 'uuid',
    required: false,
    nullable: true,
    description: 'Of deals; required there.',
  })
  @IsOptional()
  @IsUUID('all')
  originId?: string | null;

  @ApiProperty({ type: Boolean, required: false, default: true, description: 'Whether won and lost deals match too.' })
  @IsBoolean()
  closedDealsMatch = true;

  @ApiProperty({ type: Object, required: false, nullable: true, description: "Rules that go before the preset's." })
  @IsOptional()
  @IsObject()
  mapping?: object | null;

  @ApiProperty({ type: SettingsDto, required: false })
  @IsOptional()
  @ValidateNested()
  @Type(() => SettingsDto)
  settings?: SettingsDto;
}

/** What is absent stays as it is. Preset and target are what the URL is for, and never change. */
export class EditIntegrationDto {
  @ApiProperty({ maxLength: 200, required: false })
  @ValidateIf(isGiven('name'))
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;

  @ApiProperty({ enum: MODES, required: false })
  @ValidateIf(isGiven('mode'))
  @IsIn(MODES)
  mode?: (typeof MODES)[number];

  @ApiProperty({ format: 'uuid', required: false })
  @ValidateIf(isGiven('originId'))
  @IsUUID('all')
  originId?: string;

  @ApiProperty({ required: false })
  @ValidateIf(isGiven('closedDealsMatch'))
  @IsBoolean()
  closedDealsMatch?: boolean;

  @ApiProperty({ type: Object, required: false, nullable: true, description: "Null: the preset's mapping alone." })
  @IsOptional()
  @IsObject()
  mapping?: object | null;

  @ApiProperty({ type: SettingsDto, required: false, description: 'Replaces all settings.' })
  @ValidateIf(isGiven('settings'))
  @ValidateNested()
  @Type(() => SettingsDto)
  settings?: SettingsDto;
}

/** `IsOptional` would let null pass, which these fields can't hold. */
function isGiven(field: string) {
  return (dto: object): boolean => Object.entries(dto).some(([key, value]) => key === field && value !== undefined);
}
