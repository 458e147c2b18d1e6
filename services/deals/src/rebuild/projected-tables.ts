import type { Sql } from '@ponte/service-kit';

/** A table that is projected from the log. */
export interface ProjectedTable {
  readonly name: string;
  /** Its primary key. */
  readonly key: readonly string[];
  /** What names a row in a report: ids, never what may be personal. */
  readonly shown: readonly string[];
  /** What the log does not decide: it may differ. */
  readonly unprojected: readonly string[];
}

const ofWorkspace = (name: string): ProjectedTable => ({
  ...{ name, key: ['workspace_id', 'id'], shown: ['workspace_id', 'id'], unprojected: [] },
});

/** Parents before those that refer to them. `commands` is not among them: it keeps what the log does not hold. */
export const projectedTables: readonly ProjectedTable[] = [
  // A version names one state in the caches of the services that run, so it is another one in every rebuild.
  { name: 'workspaces', key: ['id'], shown: ['id'], unprojected: ['catalogue_version'] },
  ...['origin_groups', 'origins', 'stages', 'tags', 'owners', 'contacts'].map(ofWorkspace),
  {
    name: 'contact_identities',
    key: ['workspace_id', 'kind', 'key'],
    // The key is an e-mail or a phone.
    shown: ['workspace_id', 'kind', 'contact_id'],
    unprojected: [],
  },
  ofWorkspace('deals'),
];

export interface Column {
  readonly name: string;
  /** Numerics are compared as texts: 297.0 and 297.00 are equal and not identical. */
  readonly isNumeric: boolean;
}

/** A projected table as it is in the database. */
export interface TableHere extends ProjectedTable {
  /** Quoted. */
  readonly schema: string;
  readonly columns: readonly Column[];
}

/** The tables with the columns that they really have, so that a column that is added later is compared too. */
export async function describeTables(sql: Sql): Promise<TableHere[]> {
  const rows = await sql.query<{ table: string; schema: string; name: string; type: string }>(
    `SELECT c.relname AS table, quote_ident(c.relnamespace::regnamespace::text) AS schema, a.attname AS name,
            a.atttypid::regtype::text AS type
       FROM unnest($1::text[]) AS given (name)
       JOIN pg_class c ON c.oid = given.name::regclass
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum`,
    [projectedTables.map((table) => table.name)],
  );
  return projectedTables.map((table) => {
    const own = rows.filter((row) => row.table === table.name);
    const [first] = own;
    if (!first) throw new Error(`There is no table ${table.name}: run \`migrate\` first`);
    return {
      ...table,
      schema: first.schema,
      columns: own.map(({ name, type }) => ({ name, isNumeric: type === 'numeric' })),
    };
  });
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const listed = (names: readonly string[], prefix = ''): string =>
  names.map((name) => `${prefix}${quoted(name)}`).join(', ');
