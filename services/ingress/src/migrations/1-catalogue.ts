import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What settings of integrations refer to, as the events of ponte.deals.v1 say it. All reads are by id or by workspace. */
export class CreateCatalogue1764000100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(/* sql */ `
      create table catalogue_workspaces (
        id uuid primary key,
        name text not null,
        time_zone text not null,
        country text not null,
        currency text not null
      );
      create table catalogue_origins (
        id uuid primary key,
        workspace_id uuid not null,
        group_id uuid not null,
        name text not null,
        archived boolean not null
      );
      create table catalogue_stages (
        id uuid primary key,
        workspace_id uuid not null,
        origin_id uuid not null,
        name text not null,
        "order" integer not null,
        archived boolean not null
      );
      create table catalogue_tags (
        id uuid primary key,
        workspace_id uuid not null,
        name text not null,
        archived boolean not null
      );
      create table catalogue_owners (
        id uuid primary key,
        workspace_id uuid not null,
        name text not null,
        email text not null,
        archived boolean not null
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'drop table catalogue_owners, catalogue_tags, catalogue_stages, catalogue_origins, catalogue_workspaces',
    );
  }
}
