import { InboundReceivedV1 } from '@ponte/contracts';
import type { CommittedRecord } from '@ponte/event-log';
import type { Arrival, ArrivalResult } from './arrival.js';

/**
 * The records of the arrivals that are published, as they are in the log, in order of arrival. What an earlier try wrote
 * is among them, without its predecessor: nobody was told of that.
 *
 * @param results one an arrival, in the same order
 */
export function publishedRecords(arrivals: readonly Arrival[], results: readonly ArrivalResult[]): CommittedRecord[] {
  const records: CommittedRecord[] = [];
  for (const [at, { id, partition, workspaceId, receivedAt, content }] of arrivals.entries()) {
    const result = results[at];
    if (result?.kind !== 'published' || content.kind !== 'payload') continue;
    const { position } = result;
    const predecessorId = position > 1 ? (result.predecessorId ?? undefined) : null;
    records.push({
      ...{ id, partition, position, predecessorId, workspaceId },
      ...{ type: InboundReceivedV1.type, subject: `inbound-request/${id}`, time: receivedAt },
      ...{ correlationId: id, causationId: null, ...content.record },
    });
  }
  return records;
}
