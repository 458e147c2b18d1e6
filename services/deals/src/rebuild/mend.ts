import type { Sql } from '@ponte/service-kit';
import { differingTable } from './beside.js';
import { listed, quoted, type TableHere } from './projected-tables.js';

/** What a catalogue is made of; a workspace's version names one state of it. */
const catalogueTables = new Set(['origin_groups', 'origins', 'stages', 'tags', 'owners']);

/**
 * Makes the projected tables what was built beside them. Only rows that differ are touched, parents first and what is to
 * go last, so the database checks what refers to what as it always does.
 *
 * @param tables those that differ, in the order of `projectedTables`
 */
export async function mend(sql: Sql, tables: readonly TableHere[]): Promise<void> {
  for (const table of tables) await sql.query(upsert(table));
  for (const table of [...tables].reverse()) await sql.query(remove(table));
  for (const table of tables.filter(({ name }) => catalogueTables.has(name))) await sql.query(renew(table));
}

function upsert(table: TableHere): string {
  const columns = table.columns.map((column) => column.name);
  const others = columns.filter((column) => !table.key.includes(column));
  return `
    INSERT INTO ${table.schema}.${quoted(table.name)} (${listed(columns)})
    SELECT ${listed(columns, 'b.')}
      FROM pg_temp.${quoted(table.name)} b
      JOIN pg_temp.${differingTable(table)} d ON ${sameKey(table, 'b')}
    ON CONFLICT (${listed(table.key)}) DO UPDATE SET
      (${listed(others)}) = ROW (${listed(others, 'excluded.')})`;
}

function remove(table: TableHere): string {
  return `
    DELETE FROM ${table.schema}.${quoted(table.name)} a
     USING pg_temp.${differingTable(table)} d WHERE ${sameKey(table, 'a')} AND d.difference = 'extra'`;
}

/** What is cached under the version of before is not the catalogue any more. */
function renew(table: TableHere): string {
  return `
    UPDATE ${table.schema}.workspaces w SET catalogue_version = nextval('${table.schema}.catalogue_versions')
     WHERE w.id IN (SELECT d.workspace_id FROM pg_temp.${differingTable(table)} d)`;
}

const sameKey = (table: TableHere, side: string): string =>
  table.key.map((column) => `${side}.${quoted(column)} = d.${quoted(column)}`).join(' AND ');
