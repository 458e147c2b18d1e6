import { Deliveries1764100000001 } from './1764100000001-deliveries.js';
import { OutboundIntegrations1764100000000 } from './1764100000000-outbound-integrations.js';

/** The dispatcher's own migrations; the event log's come before them. */
export const dispatcherMigrations = [OutboundIntegrations1764100000000, Deliveries1764100000001];
