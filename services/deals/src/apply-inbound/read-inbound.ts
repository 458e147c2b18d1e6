import { InboundReceivedV1, readEvent } from '@ponte/contracts';
import type { ReceivedRecord } from '@ponte/event-log';
import { workspaceId, type WorkspaceId } from '../ids.js';

/** A record of the inbound log, read. */
export interface Inbound {
  readonly record: ReceivedRecord;
  readonly workspaceId: WorkspaceId;
  readonly inbound: InboundReceivedV1;
}

/** @throws ContractViolation, SyntaxError: the record is poison */
export function readInbound(record: ReceivedRecord): Inbound {
  const inbound = readEvent(InboundReceivedV1, JSON.parse(record.data));
  if (inbound.person.items.length !== inbound.items.length) throw new Error('Items and persons differ in number');
  return { record, workspaceId: workspaceId(record.workspaceId), inbound };
}
