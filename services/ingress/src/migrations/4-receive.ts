import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ingressReceive } from '../receive/sql/ingress-receive.sql.js';
import { firstIngressDrain } from './first-ingress-drain.sql.js';

/** Requests as they came, what is held back, and the delivery ids by which a repetition is known. */
export class CreateReceive1764000400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(tables);
    await queryRunner.query(ingressReceive);
    await queryRunner.query(firstIngressDrain);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      drop function ingress_drain;
      drop function ingress_receive;
      drop table inbound_delivery_ids, inbound_held, inbound_requests;
    `);
  }
}

const tables = /* sql */ `
  create table inbound_requests (
    -- UUIDv7: the order of ids is the order of arrival, so the history needs no other sort key.
    id uuid not null,
    workspace_id uuid not null,
    integration_id uuid not null,
    received_at timestamptz not null,
    method text not null,
    content_type text,
    size integer not null,
    -- JSON text, [[name, value], ...] as they came; nothing queries into it.
    headers text not null,
    query text not null,
    body bytea not null,
    delivery_id text,
    items integer not null,
    state text not null check (state in ('held', 'published', 'refused', 'duplicate_differs')),
    response_status integer not null,
    response_code text not null,
    partition integer not null,
    -- In the log of its partition; null while held and for what was never published.
    position bigint,
    -- All reads are bound to a workspace: the key is the list's index too.
    primary key (workspace_id, id)
  );
  create index inbound_requests_of_integration on inbound_requests (integration_id, id desc);

  -- What waits for the gate to open or for a resume. 'sequence' is given under the lock on the partition's head: it is
  -- the order of arrival.
  create table inbound_held (
    partition integer not null,
    sequence bigint generated always as identity,
    workspace_id uuid not null,
    integration_id uuid not null,
    request_id uuid not null,
    reason text not null check (reason in ('gate', 'paused')),
    received_at timestamptz not null,
    data text not null,
    traceparent text,
    hops integer not null,
    primary key (partition, sequence)
  );
  create index inbound_held_by_gate on inbound_held (partition, sequence) where reason = 'gate';
  create index inbound_held_by_pause on inbound_held (integration_id, sequence) where reason = 'paused';

  -- Hashes are the first 128 bits of SHA-256, as uuid: 16 bytes whatever the tool's id is like. Requests of one
  -- integration belong to one partition, so the lock on its head guards the keys too.
  create table inbound_delivery_ids (
    integration_id uuid not null,
    delivery_hash uuid not null,
    bytes_hash uuid not null,
    request_id uuid not null,
    received_at timestamptz not null,
    primary key (integration_id, delivery_hash)
  );
  create index inbound_delivery_ids_age on inbound_delivery_ids using brin (received_at);
`;
