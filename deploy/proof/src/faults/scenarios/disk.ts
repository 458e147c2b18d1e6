import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeSync, openSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '../actions.js';
import type { Scenario } from '../scenario.js';
import { quickRefusals } from './servers.js';

const SIZE_MB = 800;
const FULL_SECONDS = 15;
const BLOCK = Buffer.alloc(1024 * 1024, 1);

/** A file system of its own for the data of Postgres: small enough to be filled. */
export function smallFileSystem(parent: string): { folder: string; remove(): void } {
  const folder = join(parent, 'postgres');
  mkdirSync(folder);
  mount(folder, SIZE_MB);
  return {
    folder,
    remove: () => {
      execFileSync('umount', [folder], { stdio: 'pipe' });
    },
  };
}

/** Null where a file system can be mounted; else why it can't. */
export function whyNoFileSystem(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'ponte-mount-'));
  try {
    mount(folder, 1);
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return null;
  } catch {
    return 'A small file system of its own can be mounted by root alone, and not in every container.';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mount(folder: string, sizeMb: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(sizeMb)}m,mode=0711`, 'tmpfs', folder], { stdio: 'pipe' });
}

/** Nothing more can be made durable: senders hear so, nothing acknowledged is lost, and it goes on when there is room. */
export const diskFull: Scenario = {
  name: 'disk full under the log',
  inject: async (scene) => {
    await scene.until(0.3);
    const filler = join(scene.rig.postgresFolder, 'filler');
    await scene.disturb(`the disk of Postgres is full for ${String(FULL_SECONDS)} s`, async () => {
      fill(filler, scene.rig.postgresFolder);
      await seconds(FULL_SECONDS);
      rmSync(filler);
      // Where it could not even write its own log any more it has ended, as it should.
      for (const server of scene.rig.postgresServers()) {
        if (!server.isRunning()) scene.say('Postgres had ended; starting it');
        await server.start();
      }
    });
  },
  judge: (measured) => quickRefusals(measured),
};

/** Leaves nothing free; what Postgres frees meanwhile it may use. */
function fill(file: string, folder: string): void {
  const descriptor = openSync(file, 'w');
  try {
    while (statfsSync(folder).bavail > 0) writeSync(descriptor, BLOCK);
  } catch {
    return; // Full.
  } finally {
    closeSync(descriptor);
  }
}
