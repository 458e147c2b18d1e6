/** NOTIFY channel: something was appended by a process that does not hold the lease. */
export const APPENDED_CHANNEL = 'event_log_appended';
