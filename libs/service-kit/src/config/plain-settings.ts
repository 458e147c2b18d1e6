import { mistaken, value, type Environment, type Reading, type Setting } from './setting.js';

/** What a setting of one variable may say about itself. Without a default it is required. */
export interface Described<T> {
  /** What it is, in a few words; shown when it is missing. */
  readonly is: string;
  readonly default?: T;
}

/** A setting of one variable whose text `parse` understands. */
export function variable<T>(
  name: string,
  described: Described<T>,
  parse: (text: string, environment: Environment) => Reading<T>,
): Setting<T> {
  return {
    read: (environment) => {
      const text = environment.get(name);
      if (text !== undefined) return parse(text, environment);
      if (described.default !== undefined) return value(described.default);
      return mistaken(name, `is missing: ${described.is}`);
    },
  };
}

/** The same setting, but undefined when the variable is absent. */
export function optional<T>(name: string, setting: Setting<T>): Setting<T | undefined> {
  return {
    read: (environment) => (environment.get(name) === undefined ? value(undefined) : setting.read(environment)),
  };
}

export function text(name: string, described: Described<string>): Setting<string> {
  return variable(name, described, (given) => value(given));
}

export function optionalText(name: string): Setting<string | undefined> {
  return optional(name, text(name, { is: '' }));
}

/** A whole number within bounds. */
export function integer(name: string, described: Described<number> & { min: number; max: number }): Setting<number> {
  const { min, max } = described;
  return variable(name, described, (given) => {
    const number = /^-?\d+$/.test(given) ? Number(given) : Number.NaN;
    if (number >= min && number <= max) return value(number);
    return mistaken(name, `must be a whole number from ${String(min)} to ${String(max)}`);
  });
}

/** A TCP port; 0 lets the system choose one. */
export function port(name: string, described: Described<number>): Setting<number> {
  return integer(name, { ...described, min: 0, max: 65_535 });
}

export function flag(name: string, described: Described<boolean>): Setting<boolean> {
  return variable(name, described, (given) => {
    if (['true', '1', 'yes', 'on'].includes(given.toLowerCase())) return value(true);
    if (['false', '0', 'no', 'off'].includes(given.toLowerCase())) return value(false);
    return mistaken(name, 'must be true or false');
  });
}

/** One of a closed list of words. */
export function choice<const Option extends string>(
  name: string,
  options: readonly Option[],
  described: Described<Option>,
): Setting<Option> {
  return variable(name, described, (given) => {
    const chosen = options.find((option) => option === given);
    return chosen === undefined ? mistaken(name, `must be one of ${options.join(', ')}`) : value(chosen);
  });
}

/** An absolute URL without a trailing slash. */
export function url(name: string, protocols: readonly string[], described: Described<string>): Setting<string> {
  return variable(name, described, (given) => {
    const problem = urlProblem(given, protocols);
    return problem === undefined ? value(given.replace(/\/+$/, '')) : mistaken(name, problem);
  });
}

/** @returns what is wrong with a URL, without repeating it: it may hold a password */
export function urlProblem(given: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(given)) return 'is not a URL';
  return protocols.includes(new URL(given).protocol)
    ? undefined
    : `must begin with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
}

/** The text of a file that the variable names, such as a CA certificate in PEM. */
export function optionalFile(name: string, what: string): Setting<string | undefined> {
  return optional(
    name,
    variable(name, { is: what }, (path, environment) => {
      try {
        return value(environment.readFile(path));
      } catch {
        return mistaken(name, `names a file that can't be read (${what})`);
      }
    }),
  );
}
