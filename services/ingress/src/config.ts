import {
  databaseConfig,
  kafkaSettings,
  setting,
  tokenConfig,
  type ConfigOf,
  type ConfigSchema,
} from '@ponte/service-kit';

/** Everything that an installation decides about ingress. */
export const ingressConfig = {
  database: databaseConfig,
  kafka: kafkaSettings('ponte-ingress'),
  tokens: tokenConfig,
  port: setting.port('PORT', { is: 'port of the admin listener', default: 8090 }),
  hooksPort: setting.port('HOOKS_PORT', { is: 'port of the hooks', default: 8080 }),
  publicUrl: setting.url('PUBLIC_URL', ['http:', 'https:'], {
    is: 'base of the URLs that tools post to',
    default: 'http://127.0.0.1:8080',
  }),
  sealer: setting.sealingKeys('SECRETS_KEY', {
    is: '32 bytes in base64 that encrypt secrets at rest',
    development: 'cG9udGUtZGV2ZWxvcG1lbnQtc2VhbGluZy1rZXktMzI=',
  }),
  betweenOriginsSecret: setting.secret('BETWEEN_ORIGINS_SECRET', {
    is: "signs this installation's own calls between origins; the dispatcher's too",
    development: 'ponte-development-between-origins-secret',
  }),
} satisfies ConfigSchema;

export type IngressConfig = ConfigOf<typeof ingressConfig>;
