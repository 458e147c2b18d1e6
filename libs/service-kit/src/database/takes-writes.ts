import type { Sql } from './sql.js';

/** Whether something can be made durable there now: the readiness of what writes. False at a standby. */
export async function takesWrites(sql: Sql): Promise<boolean> {
  const [row] = await sql.query<{ writable: boolean }>('SELECT NOT pg_is_in_recovery() AS writable');
  return row?.writable === true;
}
