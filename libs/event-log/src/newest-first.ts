import { pageOf, type Page, type Sql } from '@ponte/service-kit';

export interface PageById {
  readonly limit: number;
  /** Id of the last one of the page before. */
  readonly after: number | null;
}

/** What is listed. Texts are constants, as each is prepared once. */
export interface Listing {
  /** Up to WHERE. */
  readonly select: string;
  /** Of `$1 …`, as many as `values`; absent: all. */
  readonly where?: string;
  readonly values?: readonly unknown[];
  /** The column, where `id` alone is ambiguous. */
  readonly id?: string;
}

/** A page of rows, newest first. Index: the primary key, walked backwards. */
export async function newestFirst<Row extends { readonly id: number }>(
  sql: Sql,
  { select, where = 'true', values = [], id = 'id' }: Listing,
  { limit, after }: PageById,
): Promise<Page<Row>> {
  const [before, most] = [values.length + 1, values.length + 2].map((number) => `$${String(number)}`);
  const rows = await sql.query<Row>(
    `${select} WHERE (${where}) AND (${before}::bigint IS NULL OR ${id} < ${before}) ORDER BY ${id} DESC LIMIT ${most}`,
    [...values, after, limit + 1],
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}
