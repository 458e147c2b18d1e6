import { readFileSync } from 'node:fs';
import { readSettings, type ConfigOf, type ConfigSchema, type Environment, type Mistake } from './setting.js';

/** Variables by name, such as `process.env`. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** Not all settings can be used. The message is a list of everything that is wrong, and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly mistakes: readonly Mistake[]) {
    super(mistakeList(mistakes));
  }
}

/**
 * Reads a configuration and checks all of it.
 *
 * @throws ConfigError
 */
export function parseConfig<Schema extends ConfigSchema>(schema: Schema, env: EnvironmentVariables): ConfigOf<Schema> {
  const reading = readSettings(schema, environmentOf(env));
  if (reading.kind === 'mistaken') throw new ConfigError(reading.mistakes);
  return reading.value;
}

function environmentOf(env: EnvironmentVariables): Environment {
  return {
    get: (variable) => {
      const text = env[variable]?.trim();
      return text === '' ? undefined : text;
    },
    production: env['NODE_ENV'] === 'production',
    readFile: (path) => readFileSync(path, 'utf8'),
  };
}

function mistakeList(mistakes: readonly Mistake[]): string {
  const distinct = mistakes.filter(
    (mistake, index) =>
      mistakes.findIndex((other) => other.variable === mistake.variable && other.problem === mistake.problem) === index,
  );
  const width = Math.max(...distinct.map((mistake) => mistake.variable.length));
  const lines = distinct.map(({ variable, problem }) => `  ${variable.padEnd(width)}  ${problem}`);
  const count = distinct.length === 1 ? '1 setting is' : `${String(distinct.length)} settings are`;
  return [`The configuration can't be used: ${count} wrong.`, '', ...lines, ''].join('\n');
}
