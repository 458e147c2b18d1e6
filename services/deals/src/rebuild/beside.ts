import type { Sql } from '@ponte/service-kit';
import { listed, quoted, type TableHere } from './projected-tables.js';

/**
 * Makes an empty temporary table beside each projected one, of the same name: they come first wherever a name is looked
 * up, so what writes and reads projections in this transaction works on them. That the path is another one than usual
 * makes Postgres look the names of statements up anew that this connection prepared before. They have the primary keys and nothing
 * else: what refers to what was checked when the log was written. They go with the transaction.
 */
export async function makeTablesBeside(sql: Sql, tables: readonly TableHere[]): Promise<void> {
  const made = tables.map(
    ({ name, schema, key }) => `
      CREATE TEMP TABLE ${quoted(name)} (LIKE ${schema}.${quoted(name)} INCLUDING DEFAULTS, PRIMARY KEY (${listed(key)}))
      ON COMMIT DROP`,
  );
  const schemas = [...new Set(tables.map(({ schema }) => schema))].join(', ');
  await sql.query(`SET LOCAL work_mem = '64MB'; ${made.join(';')}; SET LOCAL search_path = pg_temp, ${schemas}`);
}

/** How rows differ: only built, only there, or there with other values. */
export type DifferenceKind = 'missing' | 'extra' | 'other';

export interface Difference {
  readonly table: string;
  readonly kind: DifferenceKind;
  /** What names the row: ids. */
  readonly row: Readonly<Record<string, string>>;
  /** Names of the columns that differ. */
  readonly columns: readonly string[];
}

/** The table in which the differences of a projected one are kept until the transaction ends. */
export const differingTable = ({ name }: TableHere): string => quoted(`differing_${name}`);

/**
 * Compares what was built with what is there, in one pass over both.
 *
 * @returns how many rows differ
 */
export async function findDifferences(sql: Sql, table: TableHere): Promise<number> {
  const { name, schema, key } = table;
  const compared = table.columns.filter((column) => !table.unprojected.includes(column.name));
  const differs = compared.map((column) => {
    const text = column.isNumeric ? '::text' : '';
    const both = ['a', 'b'].map((side) => `${side}.${quoted(column.name)}${text}`);
    return { name: column.name, condition: both.join(' IS DISTINCT FROM ') };
  });
  const names = [...new Set([...key, ...table.shown])];
  const [first] = key;
  if (first === undefined) throw new Error(`${name} has no key`);
  await sql.query(`ANALYZE pg_temp.${quoted(name)}`);
  await sql.query(`
    CREATE TEMP TABLE ${differingTable(table)} ON COMMIT DROP AS
    SELECT ${names.map((one) => `coalesce(a.${quoted(one)}, b.${quoted(one)}) AS ${quoted(one)}`).join(', ')},
           CASE WHEN a.${quoted(first)} IS NULL THEN 'missing' WHEN b.${quoted(first)} IS NULL THEN 'extra'
                ELSE 'other' END AS difference,
           array_remove(ARRAY[${differs.map((one) => `CASE WHEN ${one.condition} THEN '${one.name}' END`).join(', ')}],
                        NULL)::text[] AS differing_columns
      FROM ${schema}.${quoted(name)} a
      FULL JOIN pg_temp.${quoted(name)} b ON ${key.map((one) => `a.${quoted(one)} = b.${quoted(one)}`).join(' AND ')}
     WHERE ${differs.map((one) => one.condition).join(' OR ')}`);
  const [counted] = await sql.query<{ count: number }>(`SELECT count(*) FROM ${differingTable(table)}`);
  return counted?.count ?? 0;
}

/** The first differences of a table, in the order of its key. */
export async function firstDifferences(sql: Sql, table: TableHere, most: number): Promise<Difference[]> {
  const rows = await sql.query<{ kind: DifferenceKind; row: Record<string, string>; columns: string[] }>(
    `SELECT difference AS kind, json_build_object(${table.shown.map((one) => `'${one}', ${quoted(one)}`).join(', ')}) AS row,
            differing_columns AS columns
       FROM ${differingTable(table)} ORDER BY ${listed(table.key)} LIMIT $1`,
    [most],
  );
  return rows.map(({ kind, row, columns }) => ({
    ...{ table: table.name, kind, row },
    columns: kind === 'other' ? columns : [],
  }));
}
