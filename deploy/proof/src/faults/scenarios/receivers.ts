import { seconds } from '../actions.js';
import type { Scenario } from '../scenario.js';

/** Each of the bad ones beside one that answers well; they mend their ways before the tries are used up. */
export const badReceivers: Scenario = {
  name: 'receivers: 500, hang, reset, 429, drip, wrong certificate',
  // Each event goes to six receivers.
  rate: 0.25,
  inject: async (scene) => {
    scene.receivers.misbehave();
    await scene.until(0.6);
    await seconds(2);
    scene.receivers.behave();
  },
};
