export { createTestDatabase, type TestDatabase } from './databases.js';
export {
  serversFromEnv,
  startTestServers,
  testServers,
  testTopicPrefix,
  type StartedServers,
  type StartOptions,
  type TestServers,
} from './servers.js';
