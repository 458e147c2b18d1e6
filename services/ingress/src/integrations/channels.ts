/** NOTIFY: an integration was made, changed or deleted; whoever keeps some in memory asks again. */
export const INTEGRATIONS_CHANGED = 'ingress_integrations';

/** NOTIFY: something that was held may be published now. */
export const HELD_MAY_GO_ON = 'ingress_held';
