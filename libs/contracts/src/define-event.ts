import type { TSchema } from 'typebox';

/** One version of one event: the topic it is said on, its name, and the shape of its data. */
export interface EventDefinition<Data extends TSchema = TSchema> {
  readonly topic: Topic;
  /** The event's name, e.g. `DealCreated`. */
  readonly name: string;
  readonly version: number;
  /** The CloudEvents `type`: `ponte.DealCreated.v1`. */
  readonly type: string;
  readonly data: Data;
}

export const topics = ['ponte.inbound.v1', 'ponte.deals.v1', 'ponte.deliveries.v1'] as const;
export type Topic = (typeof topics)[number];

export function defineEvent<Data extends TSchema>(event: {
  topic: Topic;
  type: string;
  version: number;
  data: Data;
}): EventDefinition<Data> {
  return {
    topic: event.topic,
    name: event.type,
    version: event.version,
    type: `ponte.${event.type}.v${String(event.version)}`,
    data: event.data,
  };
}
