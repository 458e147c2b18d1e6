import type { DeliveryId } from './delivery.js';
import type { Lane } from './lanes.js';

/** A delivery, and the lane that it is in. */
type LaneMember = Lane & { readonly id: DeliveryId };

interface InFlight {
  readonly id: DeliveryId;
  isAwaited: boolean;
}

/**
 * The lanes of what is called or recorded here, and whose result the next of its lane waits for. Holds a lane from its
 * last call to that one's record, so there are no more of them than slots.
 */
export class LanesInFlight {
  private readonly lanes = new Map<string, InFlight>();

  /** @param isAwaited whether another one may have been inserted behind it already */
  begin(delivery: LaneMember, isAwaited: boolean): void {
    this.lanes.set(keyOf(delivery), { id: delivery.id, isAwaited });
  }

  /**
   * Deliveries were inserted into these lanes.
   *
   * @returns whether any of them waits for what is in flight
   */
  queued(lanes: Iterable<Lane>): boolean {
    let waits = false;
    for (const lane of lanes) {
      const inFlight = this.lanes.get(keyOf(lane));
      if (inFlight === undefined) continue;
      inFlight.isAwaited = true;
      waits = true;
    }
    return waits;
  }

  isAwaited(delivery: LaneMember): boolean {
    return this.own(delivery)?.isAwaited ?? false;
  }

  /** One whose lease was lost may end after the next of its lane was begun here. */
  end(delivery: LaneMember): void {
    if (this.own(delivery) !== undefined) this.lanes.delete(keyOf(delivery));
  }

  private own(delivery: LaneMember): InFlight | undefined {
    const inFlight = this.lanes.get(keyOf(delivery));
    return inFlight?.id === delivery.id ? inFlight : undefined;
  }
}

function keyOf({ integrationId, dealId }: Lane): string {
  return `${integrationId} ${dealId}`;
}
