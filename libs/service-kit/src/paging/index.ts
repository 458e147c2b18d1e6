export { decodeCursor, encodeCursor, pageOf } from './cursor.js';
export type { CursorKeys, KeyKind, KeysOf, Page } from './cursor.js';
export { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageQuery } from './page-query.js';
