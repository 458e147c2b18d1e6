import { createRequire } from 'node:module';
import type Kafkajs from 'kafkajs';
import { letIdleQueuesRest } from './idle-queues.js';
import { decodeRecord } from './lean-record-decoder.js';
import { frameRequest, groupMessages, leanProduce } from './lean-produce.js';

const require = createRequire(import.meta.url);

/**
 * Has kafkajs load what is given instead of one of its modules. That must come before anything of kafkajs loads that
 * asks for it.
 */
function replace<Own>(path: string, replacement: (own: Own) => unknown): void {
  const name = `kafkajs/src/${path}`;
  const own = require(name) as Own;
  const loaded = require.cache[require.resolve(name)];
  if (loaded) loaded.exports = replacement(own);
}

replace('protocol/requests/produce/v3/request.js', leanProduce);
replace('protocol/request.js', () => frameRequest);
replace('producer/groupMessagesPerPartition.js', () => groupMessages);
replace('protocol/recordBatch/record/v0/decoder.js', () => decodeRecord);
letIdleQueuesRest();

/**
 * kafkajs, with some of its insides replaced by what does the same for less; the tests compare the two for the one version
 * that is installed. Nothing imports values from the package itself.
 */
export const kafkajs = require('kafkajs') as typeof Kafkajs;
