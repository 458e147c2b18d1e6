import { describe, expect, it } from '@jest/globals';
import { planLoad } from './plan.js';

const shape = { seed: 7, perSecond: 50, seconds: 20, targets: 3, people: 40 };

describe('the planned load', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planLoad(shape)).toEqual(planLoad(shape));
    expect(planLoad(shape)).not.toEqual(planLoad({ ...shape, seed: 8 }));
  });

  it('sends at the asked rate, each payload under an id of its own', () => {
    const plan = planLoad(shape);
    expect(plan).toHaveLength(1000);
    expect(plan.at(-1)?.dueMs).toBe(19_980);
    expect(new Set(plan.map((payload) => payload.deliveryId)).size).toBe(1000);
  });

  it('tells of the same people again and again, always at the same target', () => {
    const targetOf = new Map<string, number>();
    for (const payload of planLoad(shape)) {
      const email = String(JSON.parse(payload.body).contact_email);
      expect(targetOf.get(email) ?? payload.target).toBe(payload.target);
      targetOf.set(email, payload.target);
    }
    expect(targetOf.size).toBeLessThanOrEqual(40);
  });
});
