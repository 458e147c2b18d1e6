import type { DeliverySeen, Journey } from './journey.js';
import { ORIGINS, OUTBOUND, type Expected, type ExpectedDelivery, type Step } from './story.js';

/** What of a step's expectations was not seen, each as a sentence; empty when all was. */
export function missingOf(step: Step, journey: Journey): string[] {
  return [...answerMissing(step, journey), ...journeyMissing(step.expect, journey)];
}

/** Every call at the receiver is one that a step expects: none came twice or for something else. */
export function callsMissing(steps: readonly Step[], calls: number): string[] {
  const expected = steps.flatMap(({ expect }) => receiverCalls(expect)).length;
  return calls === expected ? [] : [`${String(expected)} calls at the receiver in all: it got ${String(calls)}`];
}

function receiverCalls({ deliveries }: Expected): ExpectedDelivery[] {
  return deliveries.flatMap((each) => (each.onward === undefined ? [each] : receiverCalls(each.onward)));
}

/** How many deliveries a journey had, those that it began in another origin included. */
export function countDeliveries({ deliveries }: Journey): number {
  return deliveries.reduce((sum, { onward }) => sum + 1 + (onward === null ? 0 : countDeliveries(onward)), 0);
}

function answerMissing(step: Step, { answer }: Journey): string[] {
  if (answer?.status !== 200) return [`the answer 200: it was ${String(answer?.status ?? 'none')}`];
  if (answer.requestId === null) return ['a request id in the answer'];
  const repeated = step.repeated ?? false;
  if (answer.duplicate === repeated) return [];
  return [repeated ? 'the mark "duplicate" in the answer' : 'an answer that is no duplicate'];
}

function journeyMissing(expected: Expected, journey: Journey): string[] {
  return [
    ...outcomeMissing(expected, journey),
    ...dealMissing(expected, journey),
    ...eventsMissing(expected.events, journey.events),
    ...deliveriesMissing(expected, journey),
  ];
}

function outcomeMissing(expected: Expected, { outcome }: Journey): string[] {
  const wanted = expected.outcome.join(' or ');
  if (outcome === null) return [`an outcome (${wanted})`];
  const isWanted = expected.outcome.some((each) => each === outcome.outcome);
  if (isWanted && (expected.reason === undefined || expected.reason === outcome.reason)) return [];
  return [
    `the outcome ${wanted}${reason(expected.reason ?? null)}: it was ${outcome.outcome}${reason(outcome.reason)}`,
  ];
}

function dealMissing({ deal: expected }: Expected, { deal }: Journey): string[] {
  if (expected === null) return deal === null ? [] : [`no deal: there is one in ${deal.origin}`];
  const wanted = `${ORIGINS[expected.origin].name} / ${expected.stage} / ${expected.status}`;
  if (deal === null) return [`the deal ${wanted}`];
  const found = `${deal.origin} / ${deal.stage} / ${deal.status}`;
  return found === wanted ? [] : [`the deal ${wanted}: it is ${found}`];
}

/** In their order; others may stand between them. */
function eventsMissing(expected: readonly string[], found: readonly string[]): string[] {
  let from = 0;
  for (const type of expected) {
    const at = found.indexOf(type, from);
    if (at < 0) return [`the events ${expected.join(', ')}: there were ${found.join(', ') || 'none'}`];
    from = at + 1;
  }
  return [];
}

function deliveriesMissing(expected: Expected, { deliveries }: Journey): string[] {
  const missing = expected.deliveries.flatMap((each) => deliveryMissing(each, deliveries));
  const wanted = new Set<string>(expected.deliveries.map(({ integration }) => integration));
  const extra = deliveries.filter(({ integration }) => !wanted.has(integration));
  return [
    ...missing,
    ...extra.map(({ integration }) => `no delivery by "${OUTBOUND[integration].name}": there is one`),
  ];
}

function deliveryMissing(expected: ExpectedDelivery, deliveries: readonly DeliverySeen[]): string[] {
  const { name } = OUTBOUND[expected.integration];
  const found = deliveries.filter(({ integration }) => integration === expected.integration);
  const delivery = found[0];
  if (delivery === undefined) return [`a delivery by "${name}"`];
  if (found.length > 1) return [`one delivery by "${name}": there are ${String(found.length)}`];
  if (delivery.status !== 'succeeded')
    return [`"${name}" delivered: it is ${delivery.status}${reason(delivery.reason)}`];
  const { received } = delivery;
  if (received === null) return [`the call of "${name}" at the receiver`];
  const wrong = Object.entries(expected.fields).flatMap(([field, value]) =>
    received.fields[field] === value
      ? []
      : [`${field}=${value} from "${name}": it was ${received.fields[field] ?? 'absent'}`],
  );
  const twice = received.times > 1 ? [`one call of "${name}": the receiver got ${String(received.times)}`] : [];
  return [...wrong, ...twice, ...onwardMissing(expected, delivery, name)];
}

function onwardMissing(expected: ExpectedDelivery, { onward }: DeliverySeen, name: string): string[] {
  if (expected.onward === undefined) return [];
  if (onward === null) return [`what "${name}" begins in the other origin`];
  return journeyMissing(expected.onward, onward).map((each) => `${each} (by "${name}")`);
}

function reason(code: string | null): string {
  return code === null ? '' : ` (${code})`;
}
