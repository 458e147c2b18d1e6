import { PageQuery } from '@ponte/service-kit';
import { Transform } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Matches, Min } from 'class-validator';

export class DeadLetterQuery extends PageQuery {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  consumer?: string;

  /** Default: the unresolved ones. */
  @IsOptional()
  @Transform(({ obj }: { obj: Record<string, unknown> }) => asBoolean(obj['resolved']))
  @IsBoolean()
  resolved?: boolean;
}

export class PartitionBody {
  @IsString()
  @Length(1, 200)
  consumer!: string;

  @IsInt()
  @Min(0)
  partition!: number;
}

export class AcceptBody extends PartitionBody {
  /** Kept with the gap, and with who said so. */
  @IsString()
  @Length(3, 1_000)
  reason!: string;
}

export class ResumeBody extends PartitionBody {
  /** What a republish answered as `topicEnd`; without it the partition goes on where it was. */
  @IsOptional()
  @Matches(/^\d{1,18}$/)
  offset?: string;
}

export class RepublishBody {
  @IsInt()
  @Min(0)
  partition!: number;

  /** The first position that consumers lack. */
  @IsInt()
  @Min(1)
  fromPosition!: number;
}

export class DismissBody {
  @IsString()
  @Length(3, 1_000)
  reason!: string;
}

/** The pipe's own conversion takes every text for true. */
function asBoolean(value: unknown): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}
