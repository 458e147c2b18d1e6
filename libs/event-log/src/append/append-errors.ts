import { sqlStateOf } from '@ponte/service-kit';

/**
 * Nothing may be appended just now: log and topic were not compared yet, or do not belong together. Passes by itself or
 * by an operator's hand, so it counts as infrastructure and is never poison.
 */
export class AppendsHeld extends Error {
  override readonly name = 'AppendsHeld';
  readonly infrastructure = true;

  constructor(
    /** What the matter is and how to recover; safe to show. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Appends are held: ${reason}`, options);
  }
}

/** The record would not fit the topic's `max.message.bytes`; it was not appended. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';

  constructor(
    readonly recordId: string,
    /** null: as counted by the database. */
    readonly bytes: number | null,
    readonly limit: number,
  ) {
    super(`Record ${recordId} takes ${bytes === null ? 'more' : String(bytes)} bytes; ${String(limit)} at most fit`);
  }
}

/** SQLSTATEs of `event_log_append`. */
export const appendStates = { held: 'EL001', tooLarge: 'EL002', noPartition: 'EL003' } as const;

/** Whether an append was refused because appends are held, also when a function of the service called the SQL function. */
export function isAppendsHeld(error: unknown): boolean {
  return error instanceof AppendsHeld || sqlStateOf(error) === appendStates.held;
}
