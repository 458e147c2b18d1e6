import { InboundReceivedV1 } from '@ponte/contracts';
import type { LogRecord } from '@ponte/event-log';
import type { Arrival, ArrivalResult } from './arrival.js';

/**
 * The records that `ingress_receive` appended of the arrivals, as it made them, in order of arrival.
 *
 * @param results one an arrival, in the same order
 * @returns `unknown` where the place of one is not known as a whole: an earlier try wrote it
 */
export function publishedRecords(
  arrivals: readonly Arrival[],
  results: readonly ArrivalResult[],
): LogRecord[] | 'unknown' {
  const records: LogRecord[] = [];
  for (const [at, { id, partition, workspaceId, receivedAt, content }] of arrivals.entries()) {
    const result = results[at];
    if (result?.kind !== 'published' || content.kind !== 'payload') continue;
    const { position, predecessorId } = result;
    if ((predecessorId === null) !== (position === 1)) return 'unknown';
    records.push({
      ...{ id, partition, position, predecessorId, workspaceId },
      ...{ type: InboundReceivedV1.type, subject: `inbound-request/${id}`, time: receivedAt },
      ...{ correlationId: id, causationId: null, ...content.record },
    });
  }
  return records;
}
