import { eventLogMigrations } from '@ponte/event-log';
import type { MigrationClass } from '@ponte/service-kit';
import { AdoptedCommands1764100000001 } from './adopted-commands.js';
import { BoundedLists1764100000002 } from './bounded-lists.js';
import { DealsTables1764100000000 } from './deals-tables.js';

/** In the order in which they run: what lies on the event log comes after it. */
export const migrations: readonly MigrationClass[] = [
  ...eventLogMigrations,
  DealsTables1764100000000,
  AdoptedCommands1764100000001,
  BoundedLists1764100000002,
];
