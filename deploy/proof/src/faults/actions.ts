import { setTimeout as sleep } from 'node:timers/promises';
import type { Controlled } from '@ponte/local';
import type { Scene } from './scenario.js';

export const seconds = (count: number): Promise<void> => sleep(count * 1000).then(() => undefined);

const namesOf = (processes: readonly Controlled[]) => processes.map(({ name }) => name).join(', ');

/** `kill -9`, and at once another start. */
export function killAndStart(scene: Scene, processes: readonly Controlled[]): Promise<void> {
  return scene.disturb(`kill -9 of ${namesOf(processes)}`, async () => {
    await Promise.all(processes.map((one) => one.kill9()));
    await Promise.all(processes.map((one) => one.start()));
  });
}

/** Stops it in order, leaves it away for a while, and starts it again. */
export function stopForAWhile(scene: Scene, processes: readonly Controlled[], awaySeconds: number): Promise<void> {
  return scene.disturb(`${namesOf(processes)} stopped for ${String(awaySeconds)} s`, async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await seconds(awaySeconds);
    await Promise.all(processes.map((one) => one.start()));
  });
}

/** SIGTERM, and the next start, one after the other. */
export async function restartInTurn(scene: Scene, processes: readonly Controlled[]): Promise<void> {
  for (const one of processes) {
    await scene.disturb(`SIGTERM to ${one.name} and start`, async () => {
      await one.stop();
      await one.start();
    });
  }
}

/** SIGSTOP, and SIGCONT after a while. */
export function pauseForAWhile(scene: Scene, processes: readonly Controlled[], pausedSeconds: number): Promise<void> {
  return scene.disturb(`SIGSTOP of ${namesOf(processes)} for ${String(pausedSeconds)} s`, async () => {
    for (const one of processes) one.pause();
    await seconds(pausedSeconds);
    for (const one of processes) one.resume();
  });
}
