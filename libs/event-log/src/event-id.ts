import { nameBasedIds } from './name-based-id.js';

/** The namespace of all ids that Ponte makes from a cause. It must never change: ids would no longer repeat. */
const idOf = nameBasedIds('ba4b1c43-5b1f-5d44-93a5-0f9d3f2f1c5e');

/**
 * The id of what a cause brings about: the same cause and index always give the same id, so whatever is done twice is
 * noticed. UUIDv5 of the cause (the id of the record or of the API command) and an index.
 *
 * @param cause any text; by convention an id, with a word after it where one cause makes ids of several kinds
 * @param index 0, 1, 2 …
 */
export function eventId(cause: string, index: number): string {
  return idOf(`${cause}/${String(index)}`);
}
