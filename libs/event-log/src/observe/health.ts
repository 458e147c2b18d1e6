import type { WaitingRecordsServer } from '@ponte/kafka';
import type { HealthRegistry, StatusReport } from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { EventLog } from '../event-log.js';

/** A consumer, and the transport that brings it its records. */
export interface Follower {
  readonly consumer: LogConsumer;
  readonly server?: Pick<WaitingRecordsServer, 'report'>;
}

/** Says in /health/status when appends are held, the relay fails, a partition is stopped, or a consumer is lost. */
export function reportHealth(health: HealthRegistry, eventLog: EventLog, followers: readonly Follower[]): void {
  health.addStatus('event log', () => logStatus(eventLog));
  for (const follower of followers) {
    health.addStatus(`consumer ${follower.consumer.key.consumer}`, () => followerStatus(follower));
  }
}

function logStatus(eventLog: EventLog): StatusReport {
  const details = eventLog.status();
  const { gate, relay } = details;
  if (!gate.open) return { status: 'degraded', reason: `appends are held: ${gate.reason ?? 'unknown'}`, details };
  if (relay.error !== null) return { status: 'degraded', reason: `the relay fails: ${relay.error}`, details };
  return { status: 'ok', details };
}

function followerStatus({ consumer, server }: Follower): StatusReport {
  const { partitions, counters } = consumer.status();
  const troubled = partitions.filter(({ status, parked }) => status !== 'running' || parked > 0);
  const transport = server?.report();
  const details = { counters, partitions: partitions.length, troubled, transport: transport?.state };
  const stopped = troubled.filter(({ status }) => status !== 'running').map(({ partition }) => partition);
  if (stopped.length > 0) {
    return { status: 'degraded', reason: `partitions ${stopped.join(', ')} are stopped`, details };
  }
  if (transport?.state === 'lost') {
    const why = transport.lastError?.message ?? 'unknown';
    return { status: 'degraded', reason: `the consumer was lost and is being replaced: ${why}`, details };
  }
  if (transport !== undefined && transport.handlerFailures >= 3) {
    return { status: 'degraded', reason: 'records can not be applied at the moment', details };
  }
  if (troubled.length > 0) return { status: 'degraded', reason: 'there are unresolved dead letters', details };
  return { status: 'ok', details };
}
