import { isUtf8 } from 'node:buffer';
import { mergeHeaders, type HeaderPairs } from '../receive/kept-headers.js';
import type { RequestDetail } from './history.service.js';
import type { RequestRow } from './history.sql.js';

export type RequestStatus = 'held' | 'published' | 'applied' | 'refused' | 'duplicate' | 'duplicate_differs' | 'failed';

/** `applied` once every item has its outcome; `failed` for what was held and could never be published. */
export function statusOf({ state, items, outcomes }: Pick<RequestRow, 'state' | 'items' | 'outcomes'>): RequestStatus {
  return state === 'published' && outcomes.length >= items ? 'applied' : state;
}

export function requestResource(row: RequestRow) {
  return {
    id: row.id,
    integrationId: row.integration_id,
    receivedAt: row.received_at.toISOString(),
    method: row.method,
    contentType: row.content_type,
    size: row.size,
    /** Ingress lost its bytes and headers in a restore; what they were mapped to came back from the topic. */
    contentLost: row.content_lost,
    status: statusOf(row),
    response: { status: row.response_status, code: row.response_code },
    items: row.outcomes,
  };
}

export function requestDetailResource({ row, content, mapped }: RequestDetail) {
  const pairs: HeaderPairs = JSON.parse(content.headers);
  return {
    ...requestResource(row),
    deliveryId: content.delivery_id,
    headers: mergeHeaders(pairs),
    query: content.query,
    rawBody: row.content_lost ? null : rawBody(content.body),
    mapped,
    log: row.position === null ? null : { partition: row.partition, position: row.position },
  };
}

function rawBody(body: Buffer): { encoding: 'utf8' | 'base64'; text: string } {
  return isUtf8(body)
    ? { encoding: 'utf8', text: body.toString('utf8') }
    : { encoding: 'base64', text: body.toString('base64') };
}
