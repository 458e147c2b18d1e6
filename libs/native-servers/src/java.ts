import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NativeServerError } from './errors.js';

const run = promisify(execFile);

/** Kafka 4 brokers need Java 17. */
const MINIMUM_JAVA = 17;

/**
 * The path of a Java 17 or newer: `JAVA_HOME` first, then the PATH.
 *
 * @throws NativeServerError `no_java`
 */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const candidates = [...(env['JAVA_HOME'] ? [join(env['JAVA_HOME'], 'bin', 'java')] : []), 'java'];
  const found: string[] = [];
  for (const candidate of candidates) {
    const version = await javaVersion(candidate, env);
    if (version === null) continue;
    if (version >= MINIMUM_JAVA) return candidate;
    found.push(`${candidate} is Java ${String(version)}`);
  }
  const seen = found.length === 0 ? 'none was found in JAVA_HOME or on the PATH' : found.join(', ');
  throw new NativeServerError(
    'no_java',
    `Kafka needs Java ${String(MINIMUM_JAVA)} or newer: ${seen}. Install a JDK or JRE 17+.`,
  );
}

/** The major version from `java -version` (`1.8.0_292` is 8, `17.0.15` is 17), or null when it tells none. */
export function parseJavaVersion(output: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(output);
  return match?.[1] === undefined ? null : Number(match[1]);
}

async function javaVersion(java: string, env: NodeJS.ProcessEnv): Promise<number | null> {
  try {
    const { stdout, stderr } = await run(java, ['-version'], { timeout: 20_000, env });
    return parseJavaVersion(`${stderr}\n${stdout}`);
  } catch {
    return null;
  }
}
