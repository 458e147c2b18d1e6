import { eventLogMigrations } from '@ponte/event-log';
import { Deliveries1764100000001 } from './1764100000001-deliveries.js';
import { OutboundIntegrations1764100000000 } from './1764100000000-outbound-integrations.js';
import { AdoptedEnds1764100000003 } from './1764100000003-adopted-ends.js';
import { BoundedHistory1764100000005 } from './1764100000005-bounded-history.js';
import { CountBehindHeads1764100000006 } from './1764100000006-count-behind-heads.js';
import { FindHeads1764100000004 } from './1764100000004-find-heads.js';
import { LeanFunctions1764100000007 } from './1764100000007-lean-functions.js';
import { RecordDeliveryResults1764100000002 } from './1764100000002-record-delivery-results.js';
import { RecordResults1764100000008 } from './1764100000008-record-results.js';

/** In order: the event log's, then the dispatcher's own. */
export const migrations = [
  ...eventLogMigrations,
  OutboundIntegrations1764100000000,
  Deliveries1764100000001,
  RecordDeliveryResults1764100000002,
  AdoptedEnds1764100000003,
  FindHeads1764100000004,
  BoundedHistory1764100000005,
  CountBehindHeads1764100000006,
  LeanFunctions1764100000007,
  RecordResults1764100000008,
];
