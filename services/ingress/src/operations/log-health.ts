import type { EventLog, LogConsumer } from '@ponte/event-log';
import type { WaitingRecordsServer } from '@ponte/kafka';
import type { HealthRegistry, StatusReport } from '@ponte/service-kit';

export interface FollowedLogs {
  eventLog: Pick<EventLog, 'status'>;
  consumer: Pick<LogConsumer, 'status'>;
  server: Pick<WaitingRecordsServer, 'report'>;
}

/** Says in /health/status when appends are held, a partition is stopped or has dead letters, or the consumer is lost. */
export function reportLogHealth(health: HealthRegistry, { eventLog, consumer, server }: FollowedLogs): void {
  health.addStatus('event log', () => logStatus(eventLog));
  health.addStatus('consumer ingress.deals', () => consumerStatus(consumer, server));
}

function logStatus(eventLog: FollowedLogs['eventLog']): StatusReport {
  const details = eventLog.status();
  return details.gate.open
    ? { status: 'ok', details }
    : { status: 'degraded', reason: `payloads are held: ${details.gate.reason ?? 'appends are held'}`, details };
}

function consumerStatus(consumer: FollowedLogs['consumer'], server: FollowedLogs['server']): StatusReport {
  const { partitions, counters } = consumer.status();
  const troubled = partitions.filter(({ status, parked }) => status !== 'running' || parked > 0);
  const details = { counters, troubled };
  if (troubled.length > 0)
    return { status: 'degraded', reason: 'partitions are stopped or have dead letters', details };
  const state = server.report();
  return state.state === 'lost'
    ? { status: 'degraded', reason: `the consumer is lost: ${state.lastError?.message ?? 'unknown'}`, details }
    : { status: 'ok', details };
}
