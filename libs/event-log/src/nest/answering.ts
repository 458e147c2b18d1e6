import { conflict, notFound, unavailable } from '@ponte/service-kit';
import { isAppendsHeld } from '../append/append-errors.js';
import { AdoptionRefused } from '../repair/adopt/adopter.js';
import { RepairRefused } from '../repair/refused.js';
import { RepublishRefused } from '../repair/republish.js';

/** What a repair refuses becomes an answer that says why. */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asAnswer(error);
  }
}

function asAnswer(error: unknown): unknown {
  if (error instanceof RepublishRefused) {
    if (error.kind === 'not_done_yet') return unavailable(error.message);
    return error.kind === 'no_such_partition' ? notFound('partition') : conflict(error.kind, error.message);
  }
  if (error instanceof AdoptionRefused) {
    return error.kind === 'not_done_yet' ? unavailable(error.message, 5, error) : conflict(error.kind, error.message);
  }
  if (isAppendsHeld(error)) return unavailable('Appends are held: see GET /v1/operations/log.', 5, error);
  if (!(error instanceof RepairRefused)) return error;
  if (error.kind === 'no_such_partition') return notFound('partition');
  if (error.kind === 'no_such_dead_letter') return notFound('dead letter');
  return conflict(error.kind, error.message);
}
