import { childOf } from '@ponte/service-kit';
import type { Attempt } from './attempt.js';
import { callReceiver } from './call-receiver.js';
import { attemptHeaders } from './delivery-headers.js';
import type { ClaimedDelivery } from './delivery.js';
import { insideUrl, type OwnHooks } from './own-hooks.js';
import type { ReceiverAgents } from './receiver-agents.js';

export interface CallSettings {
  readonly agents: ReceiverAgents;
  readonly timeoutMs: number;
  readonly own: OwnHooks;
  readonly allowPrivateNetworks: boolean;
}

/** What the engine does with a delivery: one call, as a step of the trace that the event belongs to. */
export function makeCall(settings: CallSettings): (delivery: ClaimedDelivery) => Promise<Attempt> {
  const { agents, timeoutMs, own } = settings;
  return (delivery) => {
    const url = new URL(delivery.request.url);
    const trace = delivery.traceparent === null ? null : childOf(delivery.traceparent);
    const { method, body } = delivery.request;
    const headers = attemptHeaders(delivery, url, own, trace, new Date());
    const call = { method, url, via: insideUrl(url, own), body, headers };
    return callReceiver(call, { agents, timeoutMs, guarded: !settings.allowPrivateNetworks });
  };
}
