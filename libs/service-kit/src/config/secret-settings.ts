import { Sealer, Secret } from '../secrets/index.js';
import { variable } from './plain-settings.js';
import { mistaken, value, type Environment, type Reading, type Setting } from './setting.js';

/** What a secret setting says about itself. */
export interface DescribedSecret {
  readonly is: string;
  /** Used when the variable is absent, outside production only. */
  readonly development?: string;
  /** In characters (default 32). */
  readonly minLength?: number;
}

/** Words of example files and of defaults. A real secret is random, so it contains none of them. */
const GIVEAWAYS = ['change', 'secret', 'password', 'example', 'default', 'development', 'ponte', 'insecure'];

/** Passwords that installations come with. */
const DEFAULT_PASSWORDS: ReadonlySet<string> = new Set(['', 'postgres', 'admin', 'root', 'kafka', 'guest', '123456']);

/** A secret that many can't guess. In production it must be given, be long enough and not be one of the known defaults. */
export function secret(name: string, described: DescribedSecret): Setting<Secret> {
  return withDevelopmentDefault(name, described, (given, environment) => {
    const problem = environment.production ? weakness(given, described.minLength ?? 32) : undefined;
    return problem === undefined ? value(new Secret(given)) : mistaken(name, problem);
  });
}

/** The keys that encrypt secrets at rest: 32 bytes each in base64, separated by commas, the one that seals first. */
export function sealingKeys(name: string, described: DescribedSecret): Setting<Sealer> {
  return withDevelopmentDefault(name, described, (given, environment) => {
    if (environment.production && given === described.development) return mistaken(name, 'is the development default');
    const [first, ...older] = given.split(',').map((key) => Buffer.from(key.trim(), 'base64'));
    if (first === undefined || [first, ...older].some((key) => key.length !== 32)) {
      return mistaken(
        name,
        'must be 32 bytes in base64 (openssl rand -base64 32); several, the newest first, by commas',
      );
    }
    if (environment.production && isMonotonous(first)) return mistaken(name, 'is not random');
    return value(new Sealer([first, ...older]));
  });
}

/** @returns what makes a secret unfit for production, or undefined; never repeats it */
export function weakness(given: string, minLength: number): string | undefined {
  if (given.length < minLength) return `is shorter than ${String(minLength)} characters (openssl rand -base64 48)`;
  if (isMonotonous(Buffer.from(given))) return 'is not random (openssl rand -base64 48)';
  const lower = given.toLowerCase();
  if (GIVEAWAYS.some((word) => lower.includes(word))) return 'is a development default (openssl rand -base64 48)';
  return undefined;
}

/** @returns what makes a password of Postgres or Kafka unfit for production, or undefined */
export function passwordWeakness(password: string): string | undefined {
  if (DEFAULT_PASSWORDS.has(password)) return 'has no password, or a well-known one';
  if (password.length < 12) return 'has a password of fewer than 12 characters';
  const lower = password.toLowerCase();
  return GIVEAWAYS.some((word) => lower.includes(word)) ? 'has the password of a development set-up' : undefined;
}

function withDevelopmentDefault<T>(
  name: string,
  described: DescribedSecret,
  parse: (given: string, environment: Environment) => Reading<T>,
): Setting<T> {
  const required = variable(name, { is: described.is }, parse);
  return {
    read: (environment) => {
      if (environment.get(name) === undefined && described.development !== undefined && !environment.production) {
        return parse(described.development, environment);
      }
      return required.read(environment);
    },
  };
}

/** Fewer than 8 different bytes in a secret of 32 is what a person typed to satisfy a length check. */
function isMonotonous(bytes: Buffer): boolean {
  return new Set(bytes).size < 8;
}
