import { PageQuery } from '@ponte/service-kit';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';

/** The largest `integer` of Postgres. */
const LARGEST_PARTITION = 2_147_483_647;

/** Which partition of which consumer. */
export class PartitionPath {
  @IsString()
  @Length(1, 200)
  consumer!: string;

  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(LARGEST_PARTITION)
  partition!: number;
}

/** Which dead letter. */
export class DeadLetterPath {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  id!: number;
}

/** Whether to show what the records say, which may be personal data. */
export class ValuesQuery {
  @IsOptional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => asBoolean(obj['values']))
  @IsBoolean()
  values?: boolean;
}

export class DeadLettersQuery extends PageQuery {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  consumer?: string;

  /** Default: the unresolved ones. */
  @IsOptional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => asBoolean(obj['resolved']))
  @IsBoolean()
  resolved?: boolean;

  /** With values a page has fewer items, as one may be a megabyte. */
  @IsOptional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => asBoolean(obj['values']))
  @IsBoolean()
  values?: boolean;
}

export class ReasonBody {
  /** Kept, with who said so. */
  @IsString()
  @Length(3, 1_000)
  reason!: string;
}

export class ResumeBody {
  /** What a republish answered as `topicEndOffset`; without it the partition goes on where it was. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  offset?: number;
}

export class RepublishBody {
  @IsInt()
  @Min(0)
  @Max(LARGEST_PARTITION)
  partition!: number;

  /** The first position that consumers lack. */
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  fromPosition!: number;
}

/** The pipe's own conversion takes every text for true. */
function asBoolean(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}
