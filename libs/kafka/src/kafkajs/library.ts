import { createRequire } from 'node:module';
import type Kafkajs from 'kafkajs';
import { frameRequest } from './frame-request.js';
import { groupMessages } from './group-messages.js';
import { letIdleQueuesRest } from './idle-queues.js';
import { decodeRecord } from './lean-record-decoder.js';
import { leanProduce } from './lean-produce.js';

const require = createRequire(import.meta.url);

/** Has kafkajs load what is given instead of one of its modules, as whatever asks for it does so from now on. */
function replace<Own>(path: string, replacement: (own: Own) => unknown): void {
  const name = `kafkajs/src/${path}`;
  const own = require(name) as Own;
  const loaded = require.cache[require.resolve(name)];
  if (loaded === undefined) throw new Error(`${name} is not among the modules that are loaded`);
  loaded.exports = replacement(own);
}

if (require.cache[require.resolve('kafkajs')] !== undefined) {
  throw new Error('kafkajs was loaded before its parts could be replaced: import it from here alone');
}

replace('protocol/requests/produce/v3/request.js', leanProduce);
replace('protocol/request.js', () => frameRequest);
replace('producer/groupMessagesPerPartition.js', () => groupMessages);
replace('protocol/recordBatch/record/v0/decoder.js', () => decodeRecord);
letIdleQueuesRest();

/**
 * kafkajs, with some of its insides replaced by what does the same for less; the tests compare the two for the one version
 * that is installed. Only types are imported from the package itself.
 */
export const kafkajs = require('kafkajs') as typeof Kafkajs;
