import { KafkaError } from '../kafka-error.js';
import { toKafkaError } from './errors.js';

/**
 * Bounds a call: kafkajs retries inside of retries, and against a host that swallows packets each of them waits for its
 * own time-out. Rejects with the port's error; what the call does after the deadline is ignored.
 *
 * @param doing what is being done, for the error's message
 */
export async function within<T>(timeoutMs: number, doing: string, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new KafkaError('unavailable', `${doing}: no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([call(), deadline]);
  } catch (error) {
    throw toKafkaError(error, doing);
  } finally {
    clearTimeout(timer);
  }
}
