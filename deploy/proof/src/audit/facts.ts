/** A record as it lies in a topic. Read from outside: the services' own tables are not asked. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly position: number;
  readonly id: string;
  readonly predecessorId: string | null;
  /** The event's name without version: `DealCreated`. */
  readonly name: string;
  readonly causationId: string | null;
  readonly data: unknown;
}

/** A call as it reached the receiver. */
export interface Call {
  readonly webhookId: string;
  readonly arrivedAtMs: number;
}

/** An outbound integration of the load's world: it fires for every event of its trigger in its origin. */
export interface OutboundFact {
  readonly integrationId: string;
  readonly trigger: string;
  readonly originId: string;
}

export interface Facts {
  /** Request ids of the payloads that got a 200, one entry a payload. */
  readonly acknowledged: readonly string[];
  readonly inbound: readonly TopicRecord[];
  readonly deals: readonly TopicRecord[];
  readonly outbound: readonly OutboundFact[];
  /** In the order of arrival. */
  readonly calls: readonly Call[];
}
