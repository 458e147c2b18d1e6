export {
  createTestDatabase,
  openOnTestDatabase,
  type Backup,
  type OnTestDatabase,
  type TestDatabase,
} from './databases.js';
export { serversFromEnv, startTestServers, testServers, testTopicPrefix, type StartOptions } from './servers.js';
export { FIXTURES_FOLDER, inboundFixture, inboundFixtureNames, type InboundFixture } from './fixtures.js';
export { startReceiver, type Behaviour, type ReceivedCall, type Receiver, type ReceiverOptions } from './receivers.js';
export type { StartedServers, TestServers } from './started-servers.js';
export { rowsLookedAt, type Asked, type Statement } from './rows-looked-at.js';
