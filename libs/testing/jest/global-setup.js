import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Starts real servers for integration and end-to-end specs, unless the environment names some. Unit runs (their path
 * pattern says `unit`) start nothing. Plain JavaScript, as Jest loads it before any transform; the rest is the built package.
 */
export default async function setUp(globalConfig) {
  if (process.env.KAFKA_BROKERS && process.env.DATABASE_URL) return;
  const patterns = globalConfig.testPathPatterns?.patterns ?? [];
  if (patterns.some((pattern) => pattern.includes('unit'))) return;
  const built = new URL('../dist/index.js', import.meta.url);
  if (!existsSync(fileURLToPath(built))) {
    throw new Error(
      'Build @ponte/testing first (`npx nx build @ponte/testing`), or set KAFKA_BROKERS and DATABASE_URL.',
    );
  }
  const { startTestServers } = await import(built.href);
  const servers = await startTestServers({ log: (line) => process.stderr.write(`${line}\n`) });
  process.env.KAFKA_BROKERS = servers.brokers.join(',');
  process.env.DATABASE_URL = servers.databaseUrl;
  globalThis.ponteTestServers = servers;
}
