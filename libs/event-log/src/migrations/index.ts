import type { MigrationClass } from '@ponte/service-kit';
import { EventLogAdoptions1764000000002 } from './event-log-adoptions.js';
import { EventLogFunctions1764000000001 } from './event-log-functions.js';
import { EventLogLeanAppend1764000000004 } from './event-log-lean-append.js';
import { EventLogLosses1764000000005 } from './event-log-losses.js';
import { EventLogStaleRows1764000000003 } from './event-log-stale-rows.js';
import { EventLogTables1764000000000 } from './event-log-tables.js';

/** The library's own migrations: a service lists them before its own. */
export const eventLogMigrations: MigrationClass[] = [
  EventLogTables1764000000000,
  EventLogFunctions1764000000001,
  EventLogAdoptions1764000000002,
  EventLogStaleRows1764000000003,
  EventLogLeanAppend1764000000004,
  EventLogLosses1764000000005,
];
