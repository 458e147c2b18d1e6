import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import type { EventDefinition, Topic } from './define-event.js';
import * as catalogue from './events/catalogue.js';
import * as deals from './events/deals.js';
import * as deliveries from './events/deliveries.js';
import { InboundReceivedV1 } from './events/inbound.js';

/** Every version of every event that was ever written. Nothing is removed from this list: old records stay readable. */
export const events = [
  InboundReceivedV1,
  catalogue.WorkspaceCreatedV1,
  catalogue.OriginGroupCreatedV1,
  catalogue.OriginGroupUpdatedV1,
  catalogue.OriginCreatedV1,
  catalogue.OriginUpdatedV1,
  catalogue.StageCreatedV1,
  catalogue.StageUpdatedV1,
  catalogue.TagCreatedV1,
  catalogue.TagUpdatedV1,
  catalogue.OwnerCreatedV1,
  catalogue.OwnerUpdatedV1,
  deals.ContactCreatedV1,
  deals.ContactUpdatedV1,
  deals.ContactTaggedV1,
  deals.DealCreatedV1,
  deals.StageEnteredV1,
  deals.StageChangedV1,
  deals.StatusChangedV1,
  deals.DealUpdatedV1,
  deals.DealTaggedV1,
  deals.OwnerChangedV1,
  deals.InboundAppliedV1,
  deliveries.DeliverySucceededV1,
  deliveries.DeliveryFailedV1,
] as const satisfies readonly EventDefinition[];

export class ContractViolation extends Error {
  constructor(
    readonly type: string,
    /** Places in the data and what they should be; never a value, since values may be personal. */
    readonly violations: readonly string[],
  ) {
    super(`${type} does not fit its schema: ${violations.join('; ')}`);
    this.name = 'ContractViolation';
  }
}

const validators = new Map<string, Validator>();

function validatorOf(event: EventDefinition): Validator {
  let validator = validators.get(event.type);
  if (!validator) {
    validator = Compile(event.data);
    validators.set(event.type, validator);
  }
  return validator;
}

/**
 * The data of a record as its type says.
 *
 * @param event the event's definition
 * @param data parsed JSON
 * @throws ContractViolation where the data doesn't fit; its text names places, never values
 */
export function readEvent<Data extends TSchema>(event: EventDefinition<Data>, data: unknown): Static<Data> {
  const validator = validatorOf(event);
  if (fits<Data>(validator, data)) return data;
  const violations = validator.Errors(data).slice(0, 5);
  throw new ContractViolation(
    event.type,
    violations.map((violation) => `${violation.instancePath || '/'} ${violation.message}`),
  );
}

function fits<Data extends TSchema>(validator: Validator, data: unknown): data is Static<Data> {
  return validator.Check(data);
}

/**
 * The JSON text of a record's data, checked before it is written: what is in a log can be read for ever.
 *
 * @throws ContractViolation
 */
export function writeEvent<Data extends TSchema>(event: EventDefinition<Data>, data: Static<Data>): string {
  return JSON.stringify(readEvent(event, data));
}

/** The highest version of each event of a topic, by CloudEvents type without its version: `ponte.DealCreated` → 1. */
export function knownTypes(topic: Topic): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (const event of events) {
    if (event.topic !== topic) continue;
    const base = `ponte.${event.name}`;
    known.set(base, Math.max(known.get(base) ?? 0, event.version));
  }
  return known;
}
