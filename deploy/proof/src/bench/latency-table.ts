import { table } from '../table.js';
import type { LatencyFigures } from './end-to-end.js';

/** Latencies as people read them, a row a load. */
export function latencyTable(
  title: string,
  rows: readonly (readonly [name: string, figures: LatencyFigures])[],
): string {
  const ms = (value: number) => value.toFixed(1);
  return table(
    [title, 'sent', 'arrived', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
    rows.map(
      ([
        name,
        {
          sent,
          arrived,
          latencyMs: { p50, p95, p99, max },
        },
      ]) => [...[name, sent, arrived, ms(p50), ms(p95), ms(p99), ms(max)]],
    ),
  );
}
