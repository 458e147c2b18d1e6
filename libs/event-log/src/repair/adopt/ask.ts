import type { Database } from '@ponte/service-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_CHANNEL } from '../../checks/append-gate.js';
import type { Word } from '../stopped-partitions.js';
import { readAdoption, type AdoptionView } from './adoptions.js';
import { AdoptionRefused, isRefusal } from './adopter.js';

/**
 * Asks for an adoption and waits until the relay has done it. The request begins a new epoch, so the relay that runs now
 * ends its session, with nothing of it in flight, before the topic's tail is read. While one is asked for already, its
 * answer is waited for.
 *
 * @throws AdoptionRefused
 */
export async function adopt(database: Database, word: Word, timeoutMs: number): Promise<AdoptionView> {
  const [asked] = await database.query<{ id: number }>(ASK, [word.reason, word.by]);
  if (asked === undefined) throw new Error('The adoption could not be asked for');
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const adoption = await readAdoption(database, asked.id);
    if (adoption?.state === 'done') return adoption;
    if (adoption?.state === 'refused') {
      const { kind, reason } = adoption.refusal ?? { kind: null, reason: 'It was refused.' };
      throw new AdoptionRefused(isRefusal(kind) ? kind : 'not_evolved', reason);
    }
    if (performance.now() > deadline) {
      throw new AdoptionRefused(
        'not_done_yet',
        'No relay has finished it in time; it goes on as soon as it reaches Kafka. See GET /v1/operations/log/adoptions.',
      );
    }
    await sleep(50);
  }
}

const ASK = `
  WITH asked AS (
    INSERT INTO event_log_adoptions AS a (reason, asked_by) VALUES ($1, $2)
    ON CONFLICT (state) WHERE state = 'asked' DO UPDATE SET reason = a.reason
    RETURNING id, xmax = 0 AS is_new
  ), fenced AS (
    UPDATE event_log_relay SET epoch = epoch + 1 WHERE (SELECT is_new FROM asked) RETURNING epoch
  ), locked AS MATERIALIZED (
    SELECT c.partition, f.epoch FROM event_log_checkpoints c, fenced f ORDER BY c.partition FOR UPDATE OF c
  ), moved AS (
    UPDATE event_log_checkpoints c SET epoch = l.epoch FROM locked l WHERE c.partition = l.partition
  )
  SELECT id, pg_notify('${STATE_CHANNEL}', '') FROM asked`;
