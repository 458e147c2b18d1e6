import type { Database } from '@ponte/service-kit';
import { markTrial, type ConsumerKey } from './consumer-rows.js';
import { RecordEndsProcess } from './error-facts.js';
import { triesOf, type Held } from './held.js';
import type { Step } from './plan.js';
import type { Runner } from './runner.js';

/** A record that was being tried three times when the process ended is poison. */
const MOST_TRIES = 3;

/**
 * Goes on with a partition whose last owner died. What is tried next is written down before: the whole batch the first
 * time; then, if that ended the process again, record by record up to where the batch went.
 */
export async function followCarefully(
  database: Database,
  key: ConsumerKey,
  runner: Runner,
  held: Held,
  steps: readonly Step[],
): Promise<void> {
  const { careful, row } = held;
  const [first] = steps;
  const last = steps[steps.length - 1];
  if (careful === null || first === undefined || last === undefined) return;
  const mark = (from: number, to: number, tries: number) =>
    markTrial(database, key, row.partition, { from, to, tries });
  if (careful.kind === 'batch') {
    await mark(first.record.position, last.record.position, 1);
    await runner.run(steps);
    held.careful = null;
    return;
  }
  const suspects = steps.filter((step) => step.record.position <= careful.mark.to);
  for (const step of suspects) {
    if (!held.running) return;
    const { position } = step.record;
    const tries = triesOf(careful.mark, position);
    if (tries >= MOST_TRIES) await runner.setAside(step, new RecordEndsProcess(tries));
    else {
      await mark(position, position, tries + 1);
      await runner.run([step]);
    }
  }
  if (last.record.position < careful.mark.to) return;
  held.careful = null;
  await runner.run(steps.slice(suspects.length));
}
