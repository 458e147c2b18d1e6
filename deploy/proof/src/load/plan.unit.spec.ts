import { describe, expect, it } from '@jest/globals';
import { planLoad, type LoadShape } from './plan.js';

const targets = ['generic', 'hotmart', 'monetizze', 'elementor', 'google-forms'].flatMap((preset) =>
  [0, 1, 2].map((workspace) => ({ preset, workspace })),
);
const shape: LoadShape = { seed: 7, perSecond: 50, seconds: 20, targets, people: 40, repeated: 0.1 };
const EMAIL = /pessoa\.7\.\d+(?:@|%40)example\.com/;

describe('the planned load', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planLoad(shape)).toEqual(planLoad(shape));
    expect(planLoad(shape)).not.toEqual(planLoad({ ...shape, seed: 8 }));
  });

  it('sends at the asked rate, each payload under an id of its own', () => {
    const plan = planLoad({ ...shape, repeated: 0 });
    expect(plan).toHaveLength(1000);
    expect(plan.at(-1)?.dueMs).toBe(19_980);
    expect(new Set(plan.map((payload) => payload.deliveryId)).size).toBe(1000);
  });

  it('sends some again under the same id, with the same bytes to the same URL, at once and later', () => {
    const plan = planLoad(shape);
    const byId = Map.groupBy(plan, (payload) => payload.deliveryId);
    const twice = [...byId.values()].filter((posts) => posts.length > 1);
    expect(byId.size).toBe(1000);
    expect(twice.length).toBeGreaterThan(50);
    for (const [first, second] of twice) expect(second).toEqual({ ...first, dueMs: second?.dueMs });
    const early = twice.filter(([first]) => (first?.dueMs ?? 0) <= 17_000);
    const waits = new Set(early.map(([first, second]) => Math.round((second?.dueMs ?? 0) - (first?.dueMs ?? 0))));
    expect([...waits].sort()).toEqual([0, 3000]);
    // Within the time of the load.
    expect(Math.max(...plan.map(({ dueMs }) => dueMs))).toBe(20_000);
    expect(plan.map(({ dueMs }) => dueMs)).toEqual(plan.map(({ dueMs }) => dueMs).sort((a, b) => a - b));
  });

  it('tells of the same people again and again, through all the tools of one workspace', () => {
    const workspaceOf = new Map<string, number>();
    const presets = new Set<string>();
    for (const { body, target } of planLoad(shape)) {
      const email = (EMAIL.exec(body)?.[0] ?? 'none').replace('%40', '@');
      const { workspace, preset } = targets[target] ?? { workspace: -1, preset: '' };
      expect(workspaceOf.get(email) ?? workspace).toBe(workspace);
      workspaceOf.set(email, workspace);
      presets.add(preset);
    }
    expect([...workspaceOf.keys()]).not.toContain('none');
    expect(workspaceOf.size).toBeLessThanOrEqual(40);
    expect(presets.size).toBe(5);
  });
});
