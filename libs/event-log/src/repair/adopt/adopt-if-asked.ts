import type { ProtocolLog } from '../../protocol-log.js';
import { AdoptionRefused } from './adopter.js';
import { adoptTail, type AdoptionWork } from './adopt-tail.js';
import { findAsked, finishAdoption, hasAdopted, refuseAdoption } from './adoptions.js';

/**
 * Does the adoption that an operator asked for, after a check has halted the relay.
 *
 * @param halted whether the check found log and topic apart
 * @returns whether the checkpoints were moved and must be read again
 * @throws Fenced, and errors of the infrastructure: then it is done later
 */
export async function adoptIfAsked(
  work: Omit<AdoptionWork, 'id'>,
  halted: boolean,
  log: ProtocolLog,
): Promise<boolean> {
  const { database, topic, epoch } = work;
  const id = await findAsked(database);
  if (id === null) return false;
  const facts = { topic, epoch, adoption: id };
  try {
    if (!halted) throw new AdoptionRefused('nothing_to_adopt', 'Log and topic agree.');
    const records = await adoptTail({ ...work, id });
    await finishAdoption(database, id, epoch);
    log.warn({ ...facts, records }, 'the log took back what its topic had');
    return true;
  } catch (error) {
    if (!(error instanceof AdoptionRefused)) throw error;
    // A relay before this one may have done all of it, and died before it said so.
    if (error.kind === 'nothing_to_adopt' && (await hasAdopted(database, id))) {
      await finishAdoption(database, id, epoch);
      return false;
    }
    await refuseAdoption(database, id, epoch, error);
    log.error({ ...facts, kind: error.kind, reason: error.message, error: error.cause }, 'an adoption was refused');
    return false;
  }
}
