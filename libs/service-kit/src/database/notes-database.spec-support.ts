import { createTestDatabase, type TestDatabase } from '@ponte/testing';
import { Client } from 'pg';
import { connectDatabase, type ConnectedDatabase, type ConnectOptions } from './connect-database.js';
import type { DatabaseConfig } from './database-config.js';

/** A database with a table of notes, `(id int PRIMARY KEY, text text)`, and a connection that looks at it from beside. */
export class NotesDatabase {
  private readonly opened: ConnectedDatabase[] = [];

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly admin: Client,
  ) {}

  static async open(): Promise<NotesDatabase> {
    const testDatabase = await createTestDatabase();
    const admin = new Client({ connectionString: testDatabase.url });
    await admin.connect();
    await admin.query('CREATE TABLE notes (id int PRIMARY KEY, text text)');
    return new NotesDatabase(testDatabase, admin);
  }

  get url(): string {
    return this.testDatabase.url;
  }

  get name(): string {
    return this.testDatabase.name;
  }

  /** For a connection behind a pooler: naming another URL past it says that there is one. */
  get behindPooler(): Pick<DatabaseConfig, 'directUrl'> {
    return { directUrl: `${this.url}?direct` };
  }

  async connect(config: Partial<DatabaseConfig> = {}, options: ConnectOptions = {}): Promise<ConnectedDatabase> {
    const database = await connectDatabase({ url: this.url, ...config }, options);
    this.opened.push(database);
    return database;
  }

  /** The ids of all notes that are committed. */
  async ids(): Promise<number[]> {
    const { rows } = await this.admin.query<{ id: number }>('SELECT id FROM notes ORDER BY id');
    return rows.map(({ id }) => id);
  }

  /** Ends the connections of that name. @returns how many */
  async terminate(applicationName: string): Promise<number> {
    const { rowCount } = await this.admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND datname = $2',
      [applicationName, this.name],
    );
    return rowCount ?? 0;
  }

  /** Closes what was connected, and leaves no notes. */
  async reset(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((database) => database.close()));
    await this.admin.query('TRUNCATE notes');
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.testDatabase.drop();
  }
}

export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It was expected to reject');
}
