import { ApiPropertyOptional } from '@nestjs/swagger';
import { PageQuery } from '@ponte/service-kit';
import { IsOptional, IsString, MaxLength } from 'class-validator';

export class ContactsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'whose e-mail it is' })
  @IsOptional()
  @IsString()
  @MaxLength(320)
  email?: string;

  @ApiPropertyOptional({ description: 'whose phone it is, however it is written' })
  @IsOptional()
  @IsString()
  @MaxLength(60)
  phone?: string;
}
