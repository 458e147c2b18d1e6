import { parseArgs } from 'node:util';
import type { ConfigOf, ConfigSchema } from '../config/index.js';
import type { Logger } from '../log/index.js';
import type { Shutdown } from './shutdown.js';

/** One `--option` of a command. */
export interface OptionSpec {
  /** `flag` takes no value. */
  readonly type: 'text' | 'flag';
  /** What it is, for the help text. */
  readonly is: string;
  readonly required?: boolean;
  readonly default?: string;
}

/** The options of a command by their names in kebab case. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The values of a command's options: a flag is a boolean, a text without default and not required may be undefined. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name]['type'] extends 'flag'
    ? boolean
    : Specs[Name] extends { required: true } | { default: string }
      ? string
      : string | undefined;
};

/** What a command is given to run with. */
export interface CommandContext<Config, Options> {
  /** The service's name. */
  readonly name: string;
  readonly version: string;
  readonly config: Config;
  readonly options: Options;
  readonly log: Logger;
  /** Where everything that must be ended is registered. */
  readonly shutdown: Shutdown;
}

/** A command, ready to be listed in `runService`. Made by `taskCommand` or `serviceCommand`. */
export interface Command {
  /** `service`: stays up until a signal; `task`: the process ends when it is done. */
  readonly kind: 'task' | 'service';
  readonly summary: string;
  readonly settings: ConfigSchema;
  readonly options: OptionSpecs;
  /** Reads the configuration and the options, then runs. */
  run(invocation: Invocation): Promise<void>;
}

/** How a command was called. */
export interface Invocation {
  readonly name: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly log: Logger;
  readonly shutdown: Shutdown;
  readonly readConfig: <Schema extends ConfigSchema>(schema: Schema) => ConfigOf<Schema>;
}

/** What makes a command. */
export interface CommandDefinition<Schema extends ConfigSchema, Specs extends OptionSpecs> {
  /** For the help text. */
  readonly summary: string;
  /** The settings that this command needs, and no others: a migration should not ask for secrets of the API. */
  readonly config: Schema;
  readonly options?: Specs;
  run(context: CommandContext<ConfigOf<Schema>, OptionValues<Specs>>): Promise<void>;
}

/** A command that ends by itself, such as `migrate`. */
export function taskCommand<Schema extends ConfigSchema, const Specs extends OptionSpecs = Record<never, never>>(
  definition: CommandDefinition<Schema, Specs>,
): Command {
  return command('task', definition);
}

/** A command that serves until a signal; `run` resolves once it is up. */
export function serviceCommand<Schema extends ConfigSchema, const Specs extends OptionSpecs = Record<never, never>>(
  definition: CommandDefinition<Schema, Specs>,
): Command {
  return command('service', definition);
}

/** The command line can't be understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function command<Schema extends ConfigSchema, Specs extends OptionSpecs>(
  kind: Command['kind'],
  definition: CommandDefinition<Schema, Specs>,
): Command {
  const specs: OptionSpecs = definition.options ?? {};
  return {
    kind,
    summary: definition.summary,
    settings: definition.config,
    options: specs,
    run: async ({ args, readConfig, ...rest }) => {
      const options = parseOptions(specs, args);
      if (!fits<Specs>(options, specs)) throw new UsageError('An option is missing');
      await definition.run({ ...rest, config: readConfig(definition.config), options });
    },
  };
}

/** @throws UsageError which lists what is missing or unknown */
export function parseOptions(
  specs: OptionSpecs,
  args: readonly string[],
): Readonly<Record<string, string | boolean | undefined>> {
  const types = Object.entries(specs).map(
    ([name, spec]) => [name, { type: spec.type === 'flag' ? 'boolean' : 'string' } as const] as const,
  );
  const given = parsed(Object.fromEntries(types), args);
  const options: Record<string, string | boolean | undefined> = {};
  const missing: string[] = [];
  for (const [name, spec] of Object.entries(specs)) {
    options[name] = given[name] ?? (spec.type === 'flag' ? false : spec.default);
    if (spec.required && options[name] === undefined) missing.push(`--${name} is missing: ${spec.is}`);
  }
  if (missing.length > 0) throw new UsageError(missing.join('\n'));
  return options;
}

function parsed(
  options: Record<string, { readonly type: 'boolean' | 'string' }>,
  args: readonly string[],
): Readonly<Record<string, string | boolean | undefined>> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** `parseOptions` has filled every option by its kind, which is what `OptionValues` says. */
function fits<Specs extends OptionSpecs>(
  options: Readonly<Record<string, unknown>>,
  specs: OptionSpecs,
): options is Readonly<Record<string, unknown>> & OptionValues<Specs> {
  return Object.entries(specs).every(([name, spec]) =>
    spec.type === 'flag' ? typeof options[name] === 'boolean' : !spec.required || typeof options[name] === 'string',
  );
}
