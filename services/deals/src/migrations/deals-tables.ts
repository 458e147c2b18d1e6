import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The projections of the deals log, and the answers to commands that name an idempotency key. Every key and index begins
 * with the workspace: no query crosses it.
 */
export class DealsTables1764100000000 implements MigrationInterface {
  readonly name = 'DealsTables1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(catalogue);
    await runner.query(contacts);
    await runner.query(deals);
    await runner.query(commands);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX event_log_by_deal;
      DROP TABLE commands, deals, contact_identities, contacts, owners, tags, stages, origins, origin_groups, workspaces;
      DROP SEQUENCE catalogue_versions`);
  }
}

const catalogue = `
  -- A number names one state of a catalogue for ever: a rolled back transaction does not give it back, so what was
  -- cached under it can't be taken for another state.
  CREATE SEQUENCE catalogue_versions;

  CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    country text NOT NULL,
    currency text NOT NULL,
    catalogue_version bigint NOT NULL
  );

  CREATE TABLE origin_groups (
    workspace_id uuid NOT NULL REFERENCES workspaces,
    id uuid NOT NULL,
    name text NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
  );
  CREATE INDEX origin_groups_listed ON origin_groups (workspace_id, name, id);

  CREATE TABLE origins (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    group_id uuid NOT NULL,
    name text NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, group_id) REFERENCES origin_groups
  );
  CREATE INDEX origins_listed ON origins (workspace_id, name, id);

  CREATE TABLE stages (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    origin_id uuid NOT NULL,
    name text NOT NULL,
    "order" integer NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, origin_id) REFERENCES origins
  );
  CREATE INDEX stages_listed ON stages (workspace_id, origin_id, "order", id);

  CREATE TABLE tags (
    workspace_id uuid NOT NULL REFERENCES workspaces,
    id uuid NOT NULL,
    name text NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
  );
  CREATE INDEX tags_listed ON tags (workspace_id, name, id);

  CREATE TABLE owners (
    workspace_id uuid NOT NULL REFERENCES workspaces,
    id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (workspace_id, id)
  );
  CREATE INDEX owners_listed ON owners (workspace_id, name, id);
`;

const contacts = `
  CREATE TABLE contacts (
    workspace_id uuid NOT NULL REFERENCES workspaces,
    id uuid NOT NULL,
    name text,
    emails jsonb NOT NULL, -- texts, the primary one first
    phones jsonb NOT NULL, -- {raw, e164, matchKey}, the primary one first
    utm jsonb NOT NULL,
    custom_fields jsonb NOT NULL,
    tag_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id)
  );
  CREATE INDEX contacts_listed ON contacts (workspace_id, created_at DESC, id DESC);

  -- Whom an e-mail or phone belongs to. The primary key serves the matching, and makes sure that it is one contact.
  CREATE TABLE contact_identities (
    workspace_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'phone')),
    key text NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (workspace_id, kind, key),
    FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts
  );
`;

const deals = `
  CREATE TABLE deals (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    origin_id uuid NOT NULL,
    stage_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('OPEN', 'WON', 'LOST')),
    lost_reason text CHECK (lost_reason IS NULL OR status = 'LOST'),
    owner_id uuid,
    title text,
    value numeric, -- without a scale, so that it keeps the one it was given with
    currency text,
    product text,
    external_id text,
    custom_fields jsonb NOT NULL,
    tag_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Of its DealCreated in the workspace's partition: the order of creation, which clocks don't give.
    created_position bigint NOT NULL,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, contact_id) REFERENCES contacts,
    FOREIGN KEY (workspace_id, origin_id) REFERENCES origins,
    FOREIGN KEY (workspace_id, stage_id) REFERENCES stages,
    FOREIGN KEY (workspace_id, owner_id) REFERENCES owners
  );
  -- Serves the matching (the latest of each status of a contact in an origin), and lists of a contact's deals.
  CREATE INDEX deals_matched ON deals (workspace_id, contact_id, origin_id, status, created_position DESC);
  -- Serve the lists, newest first: of all, of an origin, of a stage, of an owner.
  CREATE INDEX deals_listed ON deals (workspace_id, created_position DESC);
  CREATE INDEX deals_of_origin ON deals (workspace_id, origin_id, created_position DESC);
  CREATE INDEX deals_of_stage ON deals (workspace_id, stage_id, created_position DESC);
  CREATE INDEX deals_of_owner ON deals (workspace_id, owner_id, created_position DESC) WHERE owner_id IS NOT NULL;

  -- Serves a deal's history: it is the log itself, which is never trimmed.
  CREATE INDEX event_log_by_deal ON event_log (workspace_id, subject, position) WHERE subject LIKE 'deal/%';
`;

const commands = `
  CREATE TABLE commands (
    workspace_id uuid NOT NULL,
    id uuid NOT NULL, -- UUIDv5 of the workspace and the idempotency key
    fingerprint bytea NOT NULL, -- of what was asked: the same key for something else is a mistake
    position bigint NOT NULL, -- of its last event, or where the log ended if it made none
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
  );
`;
