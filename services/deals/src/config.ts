import {
  databaseConfig,
  kafkaSettings,
  setting,
  tokenConfig,
  type ConfigOf,
  type ConfigSchema,
} from '@ponte/service-kit';

/** What every command that appends to the log needs. */
export const logConfig = { database: databaseConfig, kafka: kafkaSettings('ponte-deals') } satisfies ConfigSchema;

/** Everything that an installation decides about deals. */
export const dealsConfig = {
  ...logConfig,
  tokens: tokenConfig,
  port: setting.port('PORT', { is: 'port of the admin listener', default: 8091 }),
} satisfies ConfigSchema;

export type LogConfig = ConfigOf<typeof logConfig>;
export type DealsConfig = ConfigOf<typeof dealsConfig>;
