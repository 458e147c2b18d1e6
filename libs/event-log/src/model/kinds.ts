/** Kinds of steps. A schedule has all of those that just work, and of the others a choice of its own. */
const MISHAPS = [
  ...(['rollback', 'failed send', 'failed transaction', 'killed process', 'killed instance', 'lost lease'] as const),
  ...(['late request', 'assignment', 'group offset', 'postgres crash', 'failover', 'producer restored'] as const),
  ...([
    'consumer restored',
    'topic recreated',
    'topic lost its end',
    'retention',
    'republish',
    'resume',
    'adopt',
    'unnoticed failover',
  ] as const),
] as const;

export type Mishap = (typeof MISHAPS)[number];
export type Kind = 'work' | Mishap;

export const ALL_KINDS = 2 ** MISHAPS.length - 1;

/** `work` has no bit: it is always there. */
export function bitOf(kind: Kind): number {
  return kind === 'work' ? 0 : 1 << MISHAPS.indexOf(kind);
}

export function bitsOf(kinds: readonly Mishap[]): number {
  return kinds.reduce((bits, kind) => bits | bitOf(kind), 0);
}
