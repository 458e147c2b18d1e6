/** What may be found, in the order in which it is reported. */
export const findingKinds = [
  'lost',
  'applied_twice',
  'refused',
  'event_missing',
  'event_doubled',
  'event_out_of_order',
  'delivery_missing',
  'delivery_unexpected',
  'delivery_out_of_order',
  'call_repeated',
  'log_broken',
  'log_unlike_topic',
  'projections_differ',
  'not_compared',
  'answered_wrongly',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** One thing that is not as it should be, with the ids that lead to it and the traces of the records concerned. */
export interface Finding {
  readonly kind: FindingKind;
  readonly ids: readonly string[];
  readonly traces: readonly string[];
}

/** Trace ids of traceparents (W3C Trace Context), each once. */
export function tracesOf(...traceparents: readonly (string | null | undefined)[]): string[] {
  const ids = traceparents.flatMap((one) => {
    const id = one?.split('-')[1];
    return id === undefined ? [] : [id];
  });
  return [...new Set(ids)];
}
