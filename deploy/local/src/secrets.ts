import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '@ponte/native-servers';
import type { ServiceName } from './services.js';

/** What is secret in a local stack; made once, so that data and tokens outlive a restart. */
export interface Secrets {
  postgresPassword: string;
  databasePasswords: Readonly<Record<ServiceName, string>>;
  /** Signs the APIs' tokens (HS256). */
  jwtSecret: string;
  /** 32 bytes in base64; encrypts secrets at rest. */
  secretsKey: string;
  /** Signs the calls between origins of this Ponte. */
  betweenOriginsSecret: string;
}

const secret = (): string => randomBytes(32).toString('base64url');

/** Fresh ones. */
export function makeSecrets(): Secrets {
  return {
    postgresPassword: secret(),
    databasePasswords: { ingress: secret(), deals: secret(), dispatcher: secret() },
    jwtSecret: secret(),
    secretsKey: randomBytes(32).toString('base64'),
    betweenOriginsSecret: secret(),
  };
}

/**
 * The secrets in `<stateDir>/secrets.json` (readable by its owner alone), made on the first call. JWT_SECRET, SECRETS_KEY
 * and BETWEEN_ORIGINS_SECRET of the environment win over them.
 */
export function loadSecrets(stateDir: string, env: NodeJS.ProcessEnv): Secrets {
  const file = join(stateDir, 'secrets.json');
  const kept = read(file) ?? write(stateDir, file, makeSecrets());
  return {
    ...kept,
    jwtSecret: env['JWT_SECRET'] ?? kept.jwtSecret,
    secretsKey: env['SECRETS_KEY'] ?? kept.secretsKey,
    betweenOriginsSecret: env['BETWEEN_ORIGINS_SECRET'] ?? kept.betweenOriginsSecret,
  };
}

/** Complete from the first moment, and never over another's: of two first starts at once one wins, for both. */
function write(stateDir: string, file: string, secrets: Secrets): Secrets {
  mkdirSync(stateDir, { recursive: true });
  const fresh = `${file}.${String(process.pid)}`;
  writeFileSync(fresh, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  try {
    linkSync(fresh, file);
    return secrets;
  } catch (error) {
    const other = systemErrorCode(error) === 'EEXIST' ? read(file) : null;
    if (other === null) throw error;
    return other;
  } finally {
    rmSync(fresh, { force: true });
  }
}

function read(file: string): Secrets | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const root: unknown = JSON.parse(text);
  const passwords = member(root, 'databasePasswords');
  const value = (of: unknown, name: string): string => {
    const found = member(of, name);
    if (typeof found === 'string' && found !== '') return found;
    throw new Error(`${file} holds no "${name}". Restore it, or remove the folder to start afresh.`);
  };
  return {
    postgresPassword: value(root, 'postgresPassword'),
    databasePasswords: {
      ingress: value(passwords, 'ingress'),
      deals: value(passwords, 'deals'),
      dispatcher: value(passwords, 'dispatcher'),
    },
    jwtSecret: value(root, 'jwtSecret'),
    secretsKey: value(root, 'secretsKey'),
    betweenOriginsSecret: value(root, 'betweenOriginsSecret'),
  };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
