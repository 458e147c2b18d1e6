import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, notFound, type Database, type StatusReport } from '@ponte/service-kit';

interface GapRow {
  id: number;
  kind: 'missing' | 'repeated';
  partition: number;
  first_position: number;
  last_position: number;
  noticed_at: Date;
}

const openGaps = /* sql */ `
  select id, kind, partition, first_position, last_position, noticed_at
    from inbound_outcome_gaps where accepted_at is null order by id limit 100
`;

const acceptGap = /* sql */ `
  update inbound_outcome_gaps set accepted_at = now(), accepted_by = $2, accepted_reason = $3
   where id = $1 and accepted_at is null returning id
`;

/** How far outcomes are behind what was published; heads and progress are two small tables. */
const outstanding = /* sql */ `
  select coalesce(sum(h.position - coalesce(p.position, 0)), 0) as records
    from event_log_heads h left join inbound_outcomes_progress p on p.partition = h.partition
`;

/** Outcomes that are missing or came again, until an operator says what became of them. */
@Injectable()
export class OutcomeGaps {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async open() {
    const rows = await this.database.query<GapRow>(openGaps);
    return rows.map(({ id, kind, partition, first_position, last_position, noticed_at }) => ({
      id,
      kind,
      partition,
      firstPosition: first_position,
      lastPosition: last_position,
      noticedAt: noticed_at.toISOString(),
    }));
  }

  /** @throws Problem 404 where there is no such open gap */
  async accept(id: number, by: string, reason: string): Promise<void> {
    const rows = await this.database.query(acceptGap, [id, by, reason]);
    if (rows.length === 0) throw notFound('open gap');
  }

  /** Payloads that were published and have no outcome yet. */
  async outstanding(): Promise<number> {
    const [row] = await this.database.query<{ records: string }>(outstanding);
    return Number(row?.records ?? 0);
  }

  async status(): Promise<StatusReport> {
    const [gaps, waiting] = await Promise.all([this.open(), this.outstanding()]);
    const details = { outstanding: waiting, gaps };
    return gaps.length === 0
      ? { status: 'ok', details }
      : { status: 'degraded', reason: 'outcomes of payloads are missing or came again', details };
  }
}
