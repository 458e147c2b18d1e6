import { eventLogMigrations } from '@ponte/event-log';
import type { MigrationClass } from '@ponte/service-kit';
import { CreateCatalogue1764000100000 } from './1-catalogue.js';
import { CreateIntegrations1764000200000 } from './2-integrations.js';
import { CreateOutcomes1764000300000 } from './3-outcomes.js';
import { CreateReceive1764000400000 } from './4-receive.js';
import { SetAsideHeld1764000500000 } from './5-set-aside-held.js';
import { AdoptedRequests1764000600000 } from './6-adopted-requests.js';
import { BoundedHistory1764000700000 } from './7-bounded-history.js';
import { ReceiveTellsPredecessors1764000800000 } from './8-receive-tells-predecessors.js';

/** Everything that the ingress database needs, the log's own tables first. */
export const migrations: readonly MigrationClass[] = [
  ...eventLogMigrations,
  CreateCatalogue1764000100000,
  CreateIntegrations1764000200000,
  CreateOutcomes1764000300000,
  CreateReceive1764000400000,
  SetAsideHeld1764000500000,
  AdoptedRequests1764000600000,
  BoundedHistory1764000700000,
  ReceiveTellsPredecessors1764000800000,
];
