/** A payload that the load will post, and when: everything is decided by the seed before the first one is sent. */
export interface PlannedPayload {
  /** Milliseconds after the start at which it is due, whatever became of the ones before. */
  readonly dueMs: number;
  /** Index of the inbound integration in the world that the load runs against. */
  readonly target: number;
  /** Sent as `Idempotency-Key`: a post without an answer is sent again with it. */
  readonly deliveryId: string;
  /** JSON in the identifiers that every integration maps by itself. */
  readonly body: string;
}

export interface LoadShape {
  readonly seed: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly targets: number;
  /** How many people the payloads are about, over all targets: fewer make longer sequences on one deal. */
  readonly people: number;
}

/** A small seeded generator (mulberry32): the same seed gives the same load on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Creates and updates of the same people, in sequence, spread over the targets; every payload changes something. */
export function planLoad(shape: LoadShape): PlannedPayload[] {
  const random = seeded(shape.seed);
  const count = Math.round(shape.perSecond * shape.seconds);
  const told = new Map<number, number>();
  return Array.from({ length: count }, (_, index) => {
    const person = Math.floor(random() * shape.people);
    const sequence = (told.get(person) ?? 0) + 1;
    told.set(person, sequence);
    const number = String(person).padStart(7, '0');
    return {
      dueMs: (index * 1000) / shape.perSecond,
      target: person % shape.targets,
      deliveryId: `load-${String(shape.seed)}-${String(index)}`,
      body: JSON.stringify({
        contact_name: `Pessoa ${number}`,
        contact_email: `pessoa.${number}@example.com`,
        contact_phone: `119${(10_000_000 + person).toString()}`,
        contact_sequencia: String(sequence),
        deal_status: sequence % 2 === 1 ? 'WON' : 'OPEN',
      }),
    };
  });
}
