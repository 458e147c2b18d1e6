import type { ValidationError } from 'class-validator';
import { invalid, type FieldError, type Problem } from './problem.js';

/** For `ValidationPipe`: every field that is wrong with everything that is wrong with it, nested ones by their path. */
export function validationProblem(errors: readonly ValidationError[]): Problem {
  return invalid('Some fields are not valid.', fieldErrors(errors, ''));
}

function fieldErrors(errors: readonly ValidationError[], prefix: string): FieldError[] {
  return errors.flatMap((error) => {
    const field = `${prefix}${error.property}`;
    const messages = Object.values(error.constraints ?? {});
    const own = messages.length === 0 ? [] : [{ field, messages }];
    return [...own, ...fieldErrors(error.children ?? [], `${field}.`)];
  });
}
