/** A dead letter, as far as the order between them is concerned. */
export interface LetterInOrder {
  readonly id: number;
  readonly position: number;
  readonly keys: readonly string[];
}

export type RetryChoice = { kind: 'retry'; ids: readonly number[] } | { kind: 'blocked'; by: number };

/**
 * Which dead letters of a partition go together: the one asked for and what is parked behind it, in order. What also
 * waits for another one stays, and so does what follows it. One that itself waits for an earlier one is blocked.
 *
 * @param letters unresolved ones of one partition, by position
 */
export function chooseRetry(letters: readonly LetterInOrder[], target: number): RetryChoice {
  const staying = new Set<string>();
  const going = new Set<string>();
  const ids: number[] = [];
  for (const { id, keys } of letters) {
    const waits = keys.some((key) => staying.has(key));
    if (id === target) {
      if (waits) return { kind: 'blocked', by: blocker(letters, keys) };
      ids.push(id);
      for (const key of keys) going.add(key);
    } else if (ids.length > 0 && !waits && keys.some((key) => going.has(key))) {
      ids.push(id);
      for (const key of keys) going.add(key);
    } else {
      for (const key of keys) staying.add(key);
    }
  }
  return { kind: 'retry', ids };
}

function blocker(letters: readonly LetterInOrder[], keys: readonly string[]): number {
  return letters.find((letter) => letter.keys.some((key) => keys.includes(key)))?.id ?? 0;
}
