/** The topics that are audited, by the service whose log they show. */
export const topicOf = {
  ingress: 'ponte.inbound.v1',
  deals: 'ponte.deals.v1',
  dispatcher: 'ponte.deliveries.v1',
} as const;
export type LogOwner = keyof typeof topicOf;
export const logOwners: readonly LogOwner[] = ['ingress', 'deals', 'dispatcher'];

/** A record as it lies in a topic. Read from outside: the services' own code is not asked. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly position: number;
  readonly id: string;
  readonly predecessorId: string | null;
  /** The event's name without version: `DealCreated`. */
  readonly name: string;
  readonly causationId: string | null;
  readonly traceparent: string | null;
  readonly data: unknown;
}

/** A record as it lies in the log of a service's database. */
export interface LogRow {
  readonly partition: number;
  readonly position: number;
  readonly id: string;
  readonly predecessorId: string | null;
}

/** The last record of a partition before the scenario began. */
export interface Head {
  readonly position: number;
  readonly id: string;
}

/** Where each partition of a log stood when the scenario began; absent: empty. */
export type Heads = ReadonlyMap<number, Head>;

/** A payload that got a 200. */
export interface Posted {
  readonly deliveryId: string;
  /** The hash of its bytes, as its record carries it: which payload it is, whichever of its posts came in. */
  readonly bytesHash: string;
  /** The id in the 200. */
  readonly requestId: string;
  /** When its first try was sent, and when the 200 came: wall-clock milliseconds. */
  readonly sentAtMs: number;
  readonly acknowledgedAtMs: number;
}

/** A call as it reached the receiver. */
export interface Call {
  readonly webhookId: string;
  readonly arrivedAtMs: number;
  /** Whether the receiver answered it as it should: a call after a failed one is a retry. */
  readonly answered: 'well' | 'badly';
  readonly traceparent: string | null;
}

/** An outbound integration of the load's world: it fires for every event of its trigger in its origin. */
export interface OutboundFact {
  readonly integrationId: string;
  readonly trigger: string;
  readonly originId: string;
  /** Whether its calls can arrive at all: a receiver with a wrong certificate gets none, and the history says so. */
  readonly reachable: boolean;
}

/** A time in which something was broken on purpose: calls that were in flight then may come again. */
export interface Disturbance {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A post that failed although an instance was ready to serve it. */
export interface Refusal {
  readonly deliveryId: string;
  readonly status: number | null;
}

export interface Facts {
  readonly posted: readonly Posted[];
  readonly refused: readonly Refusal[];
  /** What came into each topic since the scenario began. */
  readonly topics: Readonly<Record<LogOwner, readonly TopicRecord[]>>;
  /** What each log got since then. */
  readonly logs: Readonly<Record<LogOwner, readonly LogRow[]>>;
  readonly heads: Readonly<Record<LogOwner, Heads>>;
  /** Where the log of deals stood when the scenario began: what came before was delivered before. */
  readonly dealsBegan: Heads;
  readonly outbound: readonly OutboundFact[];
  /** In the order of arrival. */
  readonly calls: readonly Call[];
  readonly disturbances: readonly Disturbance[];
  /** Requests of which ingress itself says that its database lost them. */
  readonly saidLost: ReadonlySet<string>;
}
