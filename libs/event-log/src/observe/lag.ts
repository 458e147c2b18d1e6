import type { PartitionStatus } from '../consume/status.js';
import type { Stop } from '../consume/stop.js';

export interface Lag {
  readonly records: number;
  readonly seconds: number;
}

/**
 * How far this instance is behind in a partition. A stopped one is handed nothing more, so its lag is told by the
 * record that it stopped at: it grows until somebody repairs it.
 *
 * @param now epoch milliseconds
 */
export function lagOf({ stop, lagRecords, lagSeconds }: PartitionStatus, now: number): Lag {
  if (stop === null) return { records: lagRecords, seconds: lagSeconds };
  return { records: Math.max(1, lagRecords), seconds: Math.max(lagSeconds, stoppedFor(stop, now) ?? 0) };
}

/** Seconds since the record was made that a partition stopped at; null where it could not be read. */
export function stoppedFor({ found }: Stop, now: number): number | null {
  return found.kind === 'record' ? Math.max(0, now - Date.parse(found.time)) / 1_000 : null;
}
