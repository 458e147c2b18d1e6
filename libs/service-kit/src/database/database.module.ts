import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { getEntityManagerToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ConnectedDatabase } from './connect-database.js';

/** Injects the `Database`: `@Inject(DATABASE) database: Database`. */
export const DATABASE = Symbol('Database');

/**
 * Gives an application the database that it was started with: `DATABASE`, TypeORM's `DataSource` and entity manager,
 * so that `TypeOrmModule.forFeature([…])` works without a `forRoot`. It closes nothing: the database outlives the
 * application's own shutdown hooks, which may still write.
 */
@Module({})
export class DatabaseModule {
  static of(database: ConnectedDatabase): DynamicModule {
    const providers: Provider[] = [
      { provide: DATABASE, useValue: database },
      { provide: DataSource, useValue: database.dataSource },
      { provide: getEntityManagerToken(), useValue: database.dataSource.manager },
    ];
    return { module: DatabaseModule, global: true, providers, exports: providers };
  }
}
