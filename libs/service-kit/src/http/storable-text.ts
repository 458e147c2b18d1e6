import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { invalid, type FieldError } from '../problems/index.js';

/** Postgres text holds no NUL, and UTF-8 no half of a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** Refuses a body or query with a text that no database could hold: it is the client's mistake, and not a failure here. */
@Injectable()
export class StorableText implements PipeTransform<unknown, unknown> {
  /** @throws Problem 400 that names the fields */
  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    if (type !== 'body' && type !== 'query') return value;
    const mistakes = [...unstorable(value, '')];
    if (mistakes.length > 0) throw invalid('Some fields are not valid.', mistakes);
    return value;
  }
}

function* unstorable(value: unknown, field: string): Generator<FieldError> {
  if (typeof value === 'string') {
    if (!isStorable(value)) yield { field, messages: ['must be text without NUL or broken characters'] };
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = field === '' ? key : `${field}.${key}`;
    if (isStorable(key)) yield* unstorable(inner, name);
    else yield { field, messages: ['must have names without NUL or broken characters'] };
  }
}
