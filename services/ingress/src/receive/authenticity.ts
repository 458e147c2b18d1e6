import type { HookRequest } from './hook-request.js';
import type { KnownIntegration } from './known-integration.js';

export type Authenticity = { kind: 'genuine' } | { kind: 'forged'; reason: string };

/**
 * Whether the tool that the integration is for sent this: by its signature over the raw bytes, or by its token, as
 * `integration.preset.authenticity` says. Until an integration can be given a tool's secret, the unguessable URL is the
 * proof, so everything that has it is genuine.
 */
export function checkAuthenticity(_integration: KnownIntegration, _request: HookRequest): Authenticity {
  return { kind: 'genuine' };
}
