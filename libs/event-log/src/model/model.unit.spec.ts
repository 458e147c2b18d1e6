import { describe, expect, it } from '@jest/globals';
import { ruleNames, RULES, rulesWithout } from './rules.js';
import { storyOf } from './run-schedule.js';
import { search } from './search.js';

/** `npm run model` at the root tries hundreds of thousands. */
const SCHEDULES = 5_000;
/** As many as the rule takes that shows itself most rarely, several times over. */
const AT_MOST = 200_000;
const SEED = 3;

describe('the model of the protocol', () => {
  it('applies everything once and in order, or says why not, in every schedule', () => {
    const found = search(rulesWithout(), SEED, SCHEDULES);
    expect(found === null ? [] : storyOf(found.schedule, rulesWithout())).toEqual([]);
  });

  it.each(ruleNames.map((rule) => [RULES[rule].words, rule] as const))('needs it that %s', (_, rule) => {
    const found = search(rulesWithout(rule), SEED, AT_MOST, RULES[rule].shownBy);
    expect(found?.violation).toBeDefined();
  });

  it('tells a schedule in numbered lines of plain words', () => {
    const without = rulesWithout('startAgain');
    const found = search(without, SEED, AT_MOST, ['failed send']);
    const story = storyOf(found?.schedule ?? { kinds: 0, steps: [] }, without);
    expect(story[0]).toMatch(/^ +1 {2}[AB] appends \d/);
    expect(story.length).toBeLessThan(20);
    expect(story.at(-1)).toContain('nothing says that something is wrong');
  });
});
