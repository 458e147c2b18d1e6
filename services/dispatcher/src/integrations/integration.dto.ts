import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsNotEmpty,
  IsString,
  IsUUID,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { MAX_URL } from './integration-rules.js';

const TRIGGERS = ['DealCreated', 'StageEntered', 'StageChanged', 'StatusChanged'] as const;
const METHODS = ['GET', 'POST'] as const;
const STATUSES = ['OPEN', 'WON', 'LOST'] as const;
const HELD = ['send', 'discard'] as const;

/** `IsOptional` would let null pass, which none of these fields can hold. */
const Optional = () => ValidateIf((_dto, value) => value !== undefined);

/** Ids are compared as they are in events: in lower case. */
const LowerCase = () =>
  Transform(({ value }: { value: unknown }) => {
    const lower = (one: unknown): unknown => (typeof one === 'string' ? one.toLowerCase() : one);
    return Array.isArray(value) ? value.map(lower) : lower(value);
  });

/** A list that is absent leaves everything through. */
export class FilterDto {
  @ApiProperty({ type: [String], format: 'uuid', required: false, description: 'The stage after the event.' })
  @Optional()
  @LowerCase()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  stageIds?: string[];

  @ApiProperty({ type: [String], format: 'uuid', required: false, description: 'Of StageChanged alone.' })
  @Optional()
  @LowerCase()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  fromStageIds?: string[];

  @ApiProperty({ type: [String], format: 'uuid', required: false, description: 'Of StageChanged alone.' })
  @Optional()
  @LowerCase()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  toStageIds?: string[];

  @ApiProperty({ enum: STATUSES, isArray: true, required: false, description: 'The status after the event.' })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(STATUSES, { each: true })
  statuses?: (typeof STATUSES)[number][];

  @ApiProperty({ type: [String], format: 'uuid', required: false, description: 'The deal or its contact has one.' })
  @Optional()
  @LowerCase()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ArrayUnique()
  @IsUUID('all', { each: true })
  tagIds?: string[];
}

class OutgoingRuleDto {
  @ApiProperty({ example: 'contact.email' })
  field!: string;

  @ApiProperty({ example: 'contact_email' })
  identifier!: string;
}

const MAPPING_IS = 'The fields to send, each under an identifier: see GET /v1/outbound-fields.';

export class CreateIntegrationDto {
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name!: string;

  @ApiProperty({ enum: TRIGGERS })
  @IsIn(TRIGGERS)
  trigger!: (typeof TRIGGERS)[number];

  @ApiProperty({ format: 'uuid' })
  @LowerCase()
  @IsUUID('all')
  originId!: string;

  @ApiProperty({ type: FilterDto, required: false })
  @Optional()
  @ValidateNested()
  @Type(() => FilterDto)
  filter?: FilterDto;

  @ApiProperty({ maxLength: MAX_URL, description: 'The link that is called: http or https.' })
  @IsString()
  @MaxLength(MAX_URL)
  url!: string;

  @ApiProperty({
    enum: METHODS,
    description: 'GET sends the fields in the URL, where they show up in logs and caches.',
  })
  @IsIn(METHODS)
  method!: (typeof METHODS)[number];

  @ApiProperty({ type: [OutgoingRuleDto], required: false, description: MAPPING_IS })
  @Optional()
  @IsArray()
  mapping?: unknown[];
}

/** What is absent stays as it is; `filter` and `mapping` are replaced as a whole. */
export class EditIntegrationDto {
  @ApiProperty({ maxLength: 200, required: false })
  @Optional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(200)
  name?: string;

  @ApiProperty({ enum: TRIGGERS, required: false })
  @Optional()
  @IsIn(TRIGGERS)
  trigger?: (typeof TRIGGERS)[number];

  @ApiProperty({ format: 'uuid', required: false })
  @Optional()
  @LowerCase()
  @IsUUID('all')
  originId?: string;

  @ApiProperty({ type: FilterDto, required: false })
  @Optional()
  @ValidateNested()
  @Type(() => FilterDto)
  filter?: FilterDto;

  @ApiProperty({ maxLength: MAX_URL, required: false })
  @Optional()
  @IsString()
  @MaxLength(MAX_URL)
  url?: string;

  @ApiProperty({ enum: METHODS, required: false })
  @Optional()
  @IsIn(METHODS)
  method?: (typeof METHODS)[number];

  @ApiProperty({ type: [OutgoingRuleDto], required: false, description: MAPPING_IS })
  @Optional()
  @IsArray()
  mapping?: unknown[];
}

export class ResumeDto {
  @ApiProperty({ enum: HELD, description: 'What becomes of what happened during the pause.' })
  @IsIn(HELD)
  held!: (typeof HELD)[number];
}
