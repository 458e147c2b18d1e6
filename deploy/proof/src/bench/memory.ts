import { readFileSync } from 'node:fs';

/** Resident memory of a process in MiB, or null where the system does not tell (it is read from /proc). */
export function residentMiB(pid: number): number | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Math.round(Number(kib) / 1024);
  } catch {
    return null;
  }
}

/** The most memory that a process had, looked at four times a second from now on until it is asked. */
export function watchMemory(pid: number): { peakMiB(): number | null } {
  let peak = residentMiB(pid);
  const look = () => {
    const now = residentMiB(pid);
    if (now !== null) peak = Math.max(peak ?? 0, now);
  };
  const timer = setInterval(look, 250);
  return {
    peakMiB: () => {
      look();
      clearInterval(timer);
      return peak;
    },
  };
}
