import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { isOwnHook } from './own-hooks.js';
import { ReceiverAddresses } from './receiver-addresses.js';

export interface AgentPair {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Connections to receivers: kept alive, and by default never into a private network. */
export interface ReceiverAgents {
  agentsFor(url: URL): AgentPair;
  close(): void;
}

/** Idle connections are closed after this long; most receivers close theirs after 5 s or more. */
const IDLE_MS = 4_000;

/** As many as an instance may have calls in flight by default: many integrations may call one host. */
const IDLE_SOCKETS_PER_HOST = 256;

/**
 * A user may type any URL, and it is called from inside the installation's network: so addresses that aren't public are
 * refused, after the name was resolved and for the very address that is connected to. The installation's own hooks are
 * exempt, since between origins is a use of the product.
 */
export function createReceiverAgents(options: { publicUrl: string; allowPrivateNetworks: boolean }): ReceiverAgents {
  const settings = {
    keepAlive: true,
    maxFreeSockets: IDLE_SOCKETS_PER_HOST,
    maxTotalSockets: Infinity,
    scheduling: 'lifo',
    timeout: IDLE_MS,
    lookup: new ReceiverAddresses().lookup,
  } as const;
  const open: AgentPair = { httpAgent: new HttpAgent(settings), httpsAgent: new HttpsAgent(settings) };
  const guarded: AgentPair = options.allowPrivateNetworks
    ? open
    : { httpAgent: new RequestFilteringHttpAgent(settings), httpsAgent: new RequestFilteringHttpsAgent(settings) };
  return {
    agentsFor: (url) => (isOwnHook(url, options.publicUrl) ? open : guarded),
    close: () => {
      for (const pair of [open, guarded]) {
        pair.httpAgent.destroy();
        pair.httpsAgent.destroy();
      }
    },
  };
}
