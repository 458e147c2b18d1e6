import { Client } from 'pg';
import type { EntityManager } from 'typeorm';
import type { Sql } from './sql.js';

/**
 * SQL of one's own in the transaction of a TypeORM manager, on that transaction's connection: with another one beside
 * it, as many transactions as the pool has connections would wait for one another. (TypeORM's own `query` answers updates
 * in another shape.)
 */
export async function transactionSql(manager: EntityManager): Promise<Sql> {
  const client: unknown = await manager.queryRunner?.connect();
  if (!(client instanceof Client))
    throw new Error('TypeORM did not answer with a client of the pg module it was given');
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const result = await client.query<Row & object>(text, [...values]);
      return result.rows;
    },
  };
}
