import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the tables of the catalogue have in common. They are written by the projections alone, and read here. */
abstract class CatalogueEntity {
  @PrimaryColumn('uuid', { name: 'workspace_id' })
  workspaceId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  @Column('boolean')
  archived!: boolean;
}

@Entity('origin_groups')
export class OriginGroupEntity extends CatalogueEntity {}

@Entity('origins')
export class OriginEntity extends CatalogueEntity {
  @Column('uuid', { name: 'group_id' })
  groupId!: string;
}

@Entity('stages')
export class StageEntity extends CatalogueEntity {
  @Column('uuid', { name: 'origin_id' })
  originId!: string;

  @Column('integer')
  order!: number;
}

@Entity('tags')
export class TagEntity extends CatalogueEntity {}

@Entity('owners')
export class OwnerEntity extends CatalogueEntity {
  @Column('text')
  email!: string;
}

export const catalogueEntities = [OriginGroupEntity, OriginEntity, StageEntity, TagEntity, OwnerEntity];
