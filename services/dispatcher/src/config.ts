import {
  databaseConfig,
  kafkaSettings,
  setting,
  tokenConfig,
  type ConfigOf,
  type ConfigSchema,
} from '@ponte/service-kit';
import { DEFAULT_RETRY_SCHEDULE, parseRetrySchedule } from './deliveries/retry-schedule.js';

const retrySchedule = setting.variable(
  'DELIVERY_RETRY_SCHEDULE',
  { is: 'waits between tries', default: parseRetrySchedule(DEFAULT_RETRY_SCHEDULE) },
  (text) => {
    try {
      return setting.value(parseRetrySchedule(text));
    } catch {
      return setting.mistaken('DELIVERY_RETRY_SCHEDULE', 'must list durations, such as 5s,30s,2m,1h');
    }
  },
);

/** Everything that an installation decides about the dispatcher. */
export const dispatcherConfig = {
  database: databaseConfig,
  kafka: kafkaSettings('ponte-dispatcher'),
  tokens: tokenConfig,
  port: setting.port('PORT', { is: 'port of the admin listener', default: 8092 }),
  publicUrl: setting.url('PUBLIC_URL', ['http:', 'https:'], {
    is: 'base of the URLs that tools post to: calls to it are between origins',
    default: 'http://127.0.0.1:8080',
  }),
  hooksInternalUrl: setting.optional(
    'HOOKS_INTERNAL_URL',
    setting.url('HOOKS_INTERNAL_URL', ['http:', 'https:'], { is: 'where ingress is reached from inside' }),
  ),
  betweenOriginsSecret: setting.secret('BETWEEN_ORIGINS_SECRET', {
    is: "signs this installation's own calls between origins; ingress's too",
    development: 'ponte-development-between-origins-secret',
  }),
  allowPrivateNetworks: setting.flag('DELIVERY_ALLOW_PRIVATE_NETWORKS', {
    is: 'whether receivers may be in private networks',
    default: false,
  }),
  retrySchedule,
  timeoutMs: setting.integer('DELIVERY_TIMEOUT_MS', {
    is: 'the most that one call may take, in ms',
    default: 15_000,
    min: 100,
    max: 120_000,
  }),
  concurrency: setting.integer('DELIVERY_CONCURRENCY', {
    is: 'calls in flight in one instance',
    default: 256,
    min: 1,
    max: 10_000,
  }),
  concurrencyPerIntegration: setting.integer('DELIVERY_CONCURRENCY_PER_INTEGRATION', {
    is: 'calls in flight to one receiver, of one instance',
    default: 32,
    min: 1,
    max: 1_000,
  }),
} satisfies ConfigSchema;

export type DispatcherConfig = ConfigOf<typeof dispatcherConfig>;
