import { Injectable } from '@nestjs/common';
import { decodeCursor, notFound, pageOf, type Page, type PageQuery } from '@ponte/service-kit';
import { DataSource, In, type EntityTarget } from 'typeorm';
import type { WorkspaceId } from '../ids.js';
import { StageEntity } from './entities.js';

/** What every entity of the catalogue has. */
interface Listed {
  workspaceId: string;
  id: string;
  name: string;
}

/** Reads of the catalogue, each bound to a workspace. Lists go by name, then id: by the indexes `…_listed`. */
@Injectable()
export class CatalogueQueries {
  constructor(private readonly dataSource: DataSource) {}

  /** @param filters values by the names of the entity's properties; undefined ones filter nothing */
  async list<Entity extends Listed>(
    entity: EntityTarget<Entity>,
    workspaceId: WorkspaceId,
    { limit, cursor }: PageQuery,
    filters: { readonly [Key in keyof Entity]?: Entity[Key] | undefined } = {},
  ): Promise<Page<Entity>> {
    const after = decodeCursor(cursor, ['string', 'uuid']);
    const query = this.dataSource.getRepository(entity).createQueryBuilder('e');
    query.where('e.workspaceId = :workspaceId', { workspaceId });
    for (const [key, value] of Object.entries(filters)) {
      if (value !== undefined) query.andWhere(`e.${key} = :${key}`, { [key]: value });
    }
    if (after) query.andWhere('(e.name, e.id) > (:afterName, :afterId)', { afterName: after[0], afterId: after[1] });
    const rows = await query
      .orderBy('e.name')
      .addOrderBy('e.id')
      .limit(limit + 1)
      .getMany();
    return pageOf(
      rows,
      limit,
      (row) => [row.name, row.id],
      (row) => row,
    );
  }

  /** @throws Problem 404 */
  async get<Entity extends Listed>(
    entity: EntityTarget<Entity>,
    workspaceId: WorkspaceId,
    id: string,
    noun: string,
  ): Promise<Entity> {
    const found = await this.dataSource
      .getRepository(entity)
      .createQueryBuilder('e')
      .where('e.workspaceId = :workspaceId AND e.id = :id', { workspaceId, id })
      .getOne();
    if (!found) throw notFound(noun);
    return found;
  }

  /** The stages of origins, in their order. */
  async stages(workspaceId: WorkspaceId, originIds: readonly string[]): Promise<StageEntity[]> {
    return this.dataSource
      .getRepository(StageEntity)
      .find({ where: { workspaceId, originId: In(originIds) }, order: { order: 'ASC', id: 'ASC' } });
  }
}
