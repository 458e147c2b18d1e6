/** Why a command can't be done: an expected answer, which the API gives as a problem. */
export type Refusal =
  | { readonly kind: 'refused'; readonly why: 'not_found'; readonly noun: string }
  /** A field names something that isn't there, or can't be used. */
  | { readonly kind: 'refused'; readonly why: 'invalid'; readonly field: string; readonly detail: string }
  | { readonly kind: 'refused'; readonly why: 'conflict'; readonly code: string; readonly detail: string };

export type Decision<Event> = { readonly kind: 'decided'; readonly events: readonly Event[] } | Refusal;

export const decided = <Event>(events: readonly Event[]): Decision<Event> => ({ kind: 'decided', events });

export const notThere = (noun: string): Refusal => ({ kind: 'refused', why: 'not_found', noun });

export const wrongField = (field: string, detail: string): Refusal => ({
  kind: 'refused',
  why: 'invalid',
  field,
  detail,
});

export const conflicting = (code: string, detail: string): Refusal => ({
  kind: 'refused',
  why: 'conflict',
  code,
  detail,
});
