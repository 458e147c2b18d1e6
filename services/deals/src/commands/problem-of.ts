import { conflict, invalid, notFound, type Problem } from '@ponte/service-kit';
import type { Refusal } from '../refusal.js';

export function problemOf(refusal: Refusal): Problem {
  switch (refusal.why) {
    case 'not_found':
      return notFound(refusal.noun);
    case 'invalid':
      return invalid(refusal.detail, [{ field: refusal.field, messages: [refusal.detail] }]);
    case 'conflict':
      return conflict(refusal.code, refusal.detail);
  }
}
