import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeServerError, systemErrorCode } from './errors.js';

export const KAFKA_VERSION = '4.1.0';

const POM = fileURLToPath(new URL('../kafka/pom.xml', import.meta.url));
const KAFKA_JAR = `kafka_2.13-${KAFKA_VERSION}.jar`;

/**
 * The folder that holds Kafka's jars; fetched by Maven on the first call and kept in the user's cache
 * (`$XDG_CACHE_HOME/ponte`, by default `~/.cache/ponte`). The folder's name carries a digest of the pom, so another pin
 * is another folder. It appears by one rename: a download that was cut short is never taken for a whole one.
 *
 * @throws NativeServerError `no_maven` or `download_failed`
 */
export async function kafkaJars(log: (line: string) => void, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 8);
  const cache = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ponte');
  const folder = join(cache, `kafka-${KAFKA_VERSION}-${digest}`);
  if (isComplete(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, '.fetching-'));
  try {
    log(`fetching Kafka ${KAFKA_VERSION} (45 MB, once) into ${folder}`);
    await copyDependencies(fresh, env);
    if (!isComplete(fresh)) {
      throw new NativeServerError('download_failed', `Maven ended well but ${KAFKA_JAR} is missing.`);
    }
    moveIntoPlace(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function isComplete(folder: string): boolean {
  try {
    return readdirSync(folder).includes(KAFKA_JAR);
  } catch {
    return false;
  }
}

function moveIntoPlace(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another process fetched the same jars meanwhile: theirs are as good.
    const code = systemErrorCode(error);
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && isComplete(folder)) return;
    throw error;
  }
}

/** `PONTE_MAVEN` names another Maven, for example a project's wrapper script. */
function copyDependencies(target: string, env: NodeJS.ProcessEnv): Promise<void> {
  const maven = env['PONTE_MAVEN'] ?? 'mvn';
  const args = [
    '--batch-mode',
    '--quiet',
    '--strict-checksums',
    '--file',
    POM,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${target}`,
    '-DincludeScope=runtime',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(maven, args, { cwd: dirname(target), env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      reject(
        new NativeServerError(
          'no_maven',
          `Kafka's jars are fetched by Maven once, and "${maven}" cannot be run (${error.message}). ` +
            `Install Maven 3.6+, or point PONTE_MAVEN at a Maven wrapper (mvnw).`,
        ),
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else {
        const message = `Fetching Kafka ${KAFKA_VERSION} failed (Maven exit ${String(code)}): check the network and Maven's settings.\n${output.trim()}`;
        reject(new NativeServerError('download_failed', message));
      }
    });
  });
}
