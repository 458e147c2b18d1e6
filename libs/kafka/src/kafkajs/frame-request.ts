import { ByteWriter } from './byte-writer.js';

/** The part of kafkajs' Encoder that a request is taken from: what it knows an Encoder by, and the bytes. */
export interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

interface RequestToFrame {
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly request: { readonly apiKey: number; readonly apiVersion: number; encode(): Promise<Encoded> };
}

/** size, api_key, api_version, correlation_id, length of client_id */
const REQUEST_HEAD_BYTES = 4 + 2 + 2 + 4 + 2;

/**
 * Any request as it goes over the wire, its body copied once. Source: https://kafka.apache.org/protocol#protocol_messages
 */
export async function frameRequest({ correlationId, clientId, request }: RequestToFrame): Promise<Encoded> {
  const body = (await request.encode()).buffer;
  const idBytes = clientId === null ? 0 : Buffer.byteLength(clientId);
  const buffer = Buffer.allocUnsafe(REQUEST_HEAD_BYTES + idBytes + body.length);
  const out = new ByteWriter(buffer);
  out.int32(buffer.length - 4);
  out.int16(request.apiKey);
  out.int16(request.apiVersion);
  out.int32(correlationId);
  out.int16(clientId === null ? -1 : idBytes);
  if (clientId !== null) out.text(clientId);
  body.copy(buffer, out.at);
  return { buf: buffer, buffer };
}
