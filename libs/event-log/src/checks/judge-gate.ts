/** The state of the checks as a gate reads it. */
export interface CheckState {
  /** The request that the last check answers. */
  readonly answered: number;
  readonly state: 'unchecked' | 'passed' | 'halted';
  /** Whether the check was made in the present run of Postgres. */
  readonly sameServer: boolean;
}

/**
 * What the state of the checks means to a gate that asked for the check of number `ticket`.
 *
 * - `halted`: log and topic were found apart
 * - `comparing`: an answer is still to come
 * - `as_it_was`: nothing new
 */
export type GateVerdict = 'open' | 'halted' | 'comparing' | 'as_it_was';

export function judgeGate({ answered, state, sameServer }: CheckState, ticket: number): GateVerdict {
  if (state === 'halted' && answered >= ticket) return 'halted';
  if (state === 'passed' && answered >= ticket && sameServer) return 'open';
  return !sameServer || answered < ticket ? 'comparing' : 'as_it_was';
}
