import type { ConsumerStatus, WaitingRecordsServer } from '@ponte/kafka';
import type { HealthRegistry, StatusReport } from '@ponte/service-kit';
import type { LogConsumer } from '../consume/log-consumer.js';
import type { PartitionStatus } from '../consume/status.js';
import type { StopStatus } from '../consume/stop.js';
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
  const { gate, relay, lost } = details;
  if (!gate.open) return { status: 'degraded', reason: `Appends are held: ${gate.reason ?? 'unknown'}`, details };
  if (relay.error !== null) {
    const reason = `The relay fails and tries again: ${relay.error}. What is appended waits in the log; see whether Kafka is there.`;
    return { status: 'degraded', reason, details };
  }
  if (lost > 0) {
    const reason = `Postgres came back without ${String(lost)} records that were committed and are still missing: GET /v1/operations/log/losses names them. This is said until the process is restarted.`;
    return { status: 'degraded', reason, details };
  }
  return { status: 'ok', details };
}

function followerStatus({ consumer, server }: Follower): StatusReport {
  const { partitions, counters } = consumer.status();
  const troubled = partitions.filter(({ status, parked }) => status !== 'running' || parked > 0);
  const transport = server?.report();
  const details = { counters, partitions: partitions.length, troubled, transport: transport?.state };
  const reason = troubleOf(consumer, troubled, transport);
  return reason === null ? { status: 'ok', details } : { status: 'degraded', reason, details };
}

/** What the matter is, and what to do: the worst first. */
function troubleOf(
  { key }: LogConsumer,
  troubled: readonly PartitionStatus[],
  transport: ConsumerStatus | undefined,
): string | null {
  const stopped = troubled.filter(({ status }) => status !== 'running');
  if (stopped.length > 0) {
    const names = stopped.map(({ partition, status }) => `${String(partition)} (${status})`).join(', ');
    return `Stopped partitions of ${key.topic}: ${names}. ${cureOf(stopped)} GET /v1/operations/consumers says where.`;
  }
  if (transport?.state === 'lost') {
    return `The consumer was lost and is being replaced: ${transport.lastError?.message ?? 'unknown'}.`;
  }
  if (transport !== undefined && transport.handlerFailures >= 3) {
    return 'Records can not be applied at the moment and are tried again; see whether the database is there and appends are open.';
  }
  if (troubled.length === 0) return null;
  return 'There are unresolved dead letters: GET /v1/operations/dead-letters, then retry or dismiss them.';
}

const CURES: Readonly<Record<StopStatus, string>> = {
  gap: 'Gap: republish the partition in the service that writes the topic, then resume at the offset answered; or accept the gap.',
  forked: 'Forked: find out which records are right; then republish and resume, or accept.',
  unknown_version: 'Unknown version: deploy a release that reads it, then resume.',
  poisoned: 'Poisoned: fix what fails, deploy, then resume.',
};

function cureOf(stopped: readonly PartitionStatus[]): string {
  const kinds = new Set(stopped.flatMap(({ status }) => (status === 'running' ? [] : [status])));
  return [...kinds].map((kind) => CURES[kind]).join(' ');
}
