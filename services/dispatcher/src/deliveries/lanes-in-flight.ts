import type { Lane } from './lanes.js';

/**
 * The lanes of what is called or recorded here, and whose result the next of its lane waits for. Holds a lane from its
 * call to its record, so there are no more of them than slots.
 */
export class LanesInFlight {
  private readonly awaited = new Map<string, boolean>();

  /** @param isAwaited whether another one may have been inserted behind it already */
  begin(lane: Lane, isAwaited: boolean): void {
    this.awaited.set(keyOf(lane), isAwaited);
  }

  /**
   * Deliveries were inserted into these lanes.
   *
   * @returns whether any of them waits for what is in flight
   */
  queued(lanes: Iterable<Lane>): boolean {
    let waits = false;
    for (const lane of lanes) {
      const key = keyOf(lane);
      if (!this.awaited.has(key)) continue;
      this.awaited.set(key, true);
      waits = true;
    }
    return waits;
  }

  isAwaited(lane: Lane): boolean {
    return this.awaited.get(keyOf(lane)) ?? false;
  }

  end(lane: Lane): void {
    this.awaited.delete(keyOf(lane));
  }
}

function keyOf({ integrationId, dealId }: Lane): string {
  return `${integrationId} ${dealId}`;
}
