import { nameBasedIds } from '@ponte/event-log';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type WorkspaceId = Branded<'WorkspaceId'>;
export type ContactId = Branded<'ContactId'>;
export type DealId = Branded<'DealId'>;

// The only places where a text becomes an id: the brands exist for the compiler alone.
export const workspaceId = (text: string): WorkspaceId => text as WorkspaceId;
export const contactId = (text: string): ContactId => text as ContactId;
export const dealId = (text: string): DealId => text as DealId;

/** Namespace of the ids that Ponte's deals service makes. */
const entities = nameBasedIds('7f0f1f6e-6a0c-5a52-9f6b-0f2a3c1d9b11');

/**
 * The id of something that a cause made: the same cause makes the same ids, so what is decided again after a rollback
 * comes out identical.
 *
 * @param cause an item of an inbound record, or an API command
 * @param what which of the things that the cause made, e.g. `contact` or `tag/0`
 */
export function entityId(cause: string, what: string): string {
  return entities(`${cause}/${what}`);
}
