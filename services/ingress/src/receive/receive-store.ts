import { setTimeout as delay } from 'node:timers/promises';
import { InboundReceivedV1 } from '@ponte/contracts';
import { isAppendsHeld, type EventLog } from '@ponte/event-log';
import { isInfrastructureError, type Sql } from '@ponte/service-kit';
import type { Arrival, ArrivalResult } from './arrival.js';

export type AppendGate = Pick<EventLog['gate'], 'isOpen'>;

export interface ReceiveStore {
  database: Sql;
  gate: AppendGate;
}

interface ResultRow {
  ord: number;
  result: ArrivalResult['kind'];
  request_id: string;
  position: number | null;
  predecessor: string | null;
}

const RETRY_MS = 50;

/**
 * Writes arrivals in one statement, which is its own transaction: request rows, delivery ids, and the log's entries or
 * the held rows. When it resolves, all of it is durable.
 *
 * A try whose answer was lost is repeated with the same request ids, and the statement then finds what the first try
 * wrote: so a lost COMMIT answer writes nothing twice. It goes on until the signal says that nobody waits any more.
 *
 * @returns one result an arrival, in the same order
 * @throws what the last try failed with; an error of data without a repetition
 */
export async function storeArrivals(
  { database, gate }: ReceiveStore,
  arrivals: readonly Arrival[],
  signal: AbortSignal,
): Promise<ArrivalResult[]> {
  const { facts, pieces, partitions } = encode(arrivals);
  const receive = (retried: boolean, gateOpen: boolean) =>
    database.query<ResultRow>('select * from ingress_receive($1, $2, $3, $4, $5, $6)', [
      InboundReceivedV1.type,
      partitions,
      facts,
      pieces,
      retried,
      gateOpen,
    ]);
  for (let tries = 0; ; tries += 1) {
    try {
      return arrange(arrivals, await holdingIfRefused(gate, (gateOpen) => receive(tries > 0, gateOpen)));
    } catch (error) {
      if (!isInfrastructureError(error) || signal.aborted) throw error;
      await delay(Math.min(RETRY_MS * 2 ** tries, 500));
      if (signal.aborted) throw error;
    }
  }
}

/** The gate here may not know yet what the database knows: then the append is refused, and all of it is held. */
async function holdingIfRefused<T>(gate: AppendGate, receive: (gateOpen: boolean) => Promise<T>): Promise<T> {
  const open = gate.isOpen();
  try {
    return await receive(open);
  } catch (error) {
    if (!open || !isAppendsHeld(error)) throw error;
    return receive(false);
  }
}

/**
 * The long texts and the bytes go as one binary parameter, cut up again by the lengths in `facts`: arrays of bytea
 * would go as hexadecimal text, twice as long, and JSON would escape every quote of JSON.
 */
function encode(arrivals: readonly Arrival[]): { facts: string; pieces: Buffer; partitions: number[] } {
  const partitions = new Set<number>();
  let at = 1; // SQL counts from 1.
  const facts = arrivals.map((arrival, ord) => {
    partitions.add(arrival.partition);
    const fact = factOf(arrival, ord, at);
    at += fact.headers_length + fact.query_length + fact.body_length + fact.data_length;
    return fact;
  });
  const pieces = Buffer.allocUnsafe(at - 1);
  let end = 0;
  for (const { headers, query, body, content } of arrivals) {
    end += pieces.write(headers, end);
    end += pieces.write(query, end);
    end += body.copy(pieces, end);
    if (content.kind === 'payload') end += pieces.write(content.record.data, end);
  }
  return { facts: JSON.stringify(facts), pieces, partitions: [...partitions] };
}

/** @param at where its pieces begin */
function factOf(arrival: Arrival, ord: number, at: number) {
  const payload = arrival.content.kind === 'payload' ? arrival.content : null;
  return {
    ord,
    id: arrival.id,
    workspace_id: arrival.workspaceId,
    integration_id: arrival.integrationId,
    partition: arrival.partition,
    received_at: arrival.receivedAt,
    method: arrival.method,
    content_type: arrival.contentType,
    size: arrival.size,
    status: arrival.answer.status,
    code: arrival.answer.code,
    at,
    headers_length: Buffer.byteLength(arrival.headers),
    query_length: Buffer.byteLength(arrival.query),
    body_length: arrival.body.length,
    data_length: payload === null ? 0 : Buffer.byteLength(payload.record.data),
    is_payload: payload !== null,
    items: payload?.items ?? 0,
    traceparent: payload?.record.traceparent,
    hops: payload?.record.hops,
    delivery_id: payload?.delivery?.id,
    delivery_hash: payload?.delivery?.idHash,
    bytes_hash: payload?.delivery?.bytesHash,
  };
}

function arrange(arrivals: readonly Arrival[], rows: readonly ResultRow[]): ArrivalResult[] {
  const results = new Map(rows.map((row) => [row.ord, toResult(row)]));
  return arrivals.map((arrival, ord) => results.get(ord) ?? { kind: 'unknown_integration', requestId: arrival.id });
}

function toResult({ result, request_id: requestId, position, predecessor }: ResultRow): ArrivalResult {
  if (result !== 'published') return { kind: result, requestId };
  if (position === null) throw new Error('a published request has no position');
  return { kind: result, requestId, position, predecessorId: predecessor };
}
