/** What is wrong with one environment variable. Never holds its value, which may be a secret. */
export interface Mistake {
  readonly variable: string;
  readonly problem: string;
}

/** The outcome of reading a setting. */
export type Reading<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'mistaken'; readonly mistakes: readonly Mistake[] };

/** Where settings are read from, and how strictly. */
export interface Environment {
  /** @returns the variable's text, trimmed; undefined when it is absent or empty */
  get(variable: string): string | undefined;
  /** `NODE_ENV=production`: nothing that is only good for development is accepted. */
  readonly production: boolean;
  /** @throws Error when the file can't be read */
  readFile(path: string): string;
}

/** One entry of a configuration, read from one variable or from several that belong together. */
export interface Setting<T> {
  read(environment: Environment): Reading<T>;
}

/** The settings of a program by the names that it uses them under. */
export type ConfigSchema = Readonly<Record<string, Setting<unknown>>>;

/** The configuration that a schema describes. */
export type ConfigOf<Schema extends ConfigSchema> = {
  readonly [Key in keyof Schema]: Schema[Key] extends Setting<infer T> ? T : never;
};

export function value<T>(read: T): Reading<T> {
  return { kind: 'value', value: read };
}

export function mistaken(variable: string, problem: string): Reading<never> {
  return { kind: 'mistaken', mistakes: [{ variable, problem }] };
}

/** Reads every setting of a schema, so that all mistakes are found at once. */
export function readSettings<Schema extends ConfigSchema>(
  schema: Schema,
  environment: Environment,
): Reading<ConfigOf<Schema>> {
  const values: Record<string, unknown> = {};
  const mistakes: Mistake[] = [];
  for (const [key, setting] of Object.entries(schema)) {
    const reading = setting.read(environment);
    if (reading.kind === 'value') values[key] = reading.value;
    else mistakes.push(...reading.mistakes);
  }
  if (mistakes.length > 0) return { kind: 'mistaken', mistakes };
  return isComplete(schema, values) ? value(values) : mistaken('', 'is incomplete');
}

/** Every key was filled by the setting of that key, which is what `ConfigOf` says of the whole. */
function isComplete<Schema extends ConfigSchema>(
  schema: Schema,
  values: Record<string, unknown>,
): values is Record<string, unknown> & ConfigOf<Schema> {
  return Object.keys(schema).every((key) => key in values);
}

/** Reads several settings that make one value. */
export function combined<Schema extends ConfigSchema, T>(
  schema: Schema,
  combine: (parts: ConfigOf<Schema>, environment: Environment) => Reading<T>,
): Setting<T> {
  return {
    read: (environment) => {
      const parts = readSettings(schema, environment);
      return parts.kind === 'value' ? combine(parts.value, environment) : parts;
    },
  };
}
