import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** A service's log line, as far as people at a terminal care. */
export interface LogLine {
  /** pino's numbers: 30 info, 40 warn, 50 error, 60 fatal. Lines that are no JSON count as 40: somebody wrote past the log. */
  level: number;
  text: string;
}

/** Reads a line of a service's log: pino's JSON, or anything else as it is. */
export function readLogLine(line: string): LogLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'level' in value && typeof value.level === 'number') {
      const message = 'msg' in value && typeof value.msg === 'string' ? value.msg : '';
      return { level: value.level, text: [message, ...details(value)].filter((part) => part !== '').join(' · ') };
    }
  } catch {
    // Not JSON: a crash's stack, for example.
  }
  return { level: 40, text: line };
}

function details(value: object): string[] {
  const error = 'err' in value ? value.err : 'error' in value ? value.error : undefined;
  if (typeof error === 'string') return [error];
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [String(error.message)];
}

/** Follows files that only grow and hands over each whole line that is written to them from now on. */
export class LogTail {
  private readonly files = new Map<string, { part: string; offset: number; rest: string }>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly onLine: (part: string, line: string) => void) {
    this.timer = setInterval(() => {
      this.poll();
    }, 250);
    this.timer.unref();
  }

  follow(part: string, file: string): void {
    this.files.set(file, { part, offset: size(file), rest: '' });
  }

  close(): void {
    clearInterval(this.timer);
    this.poll();
  }

  private poll(): void {
    for (const [file, state] of this.files) {
      const end = size(file);
      if (end <= state.offset) continue;
      // Bounded: of a flood only the last megabyte is shown; all of it is in the file.
      const from = Math.max(state.offset, end - 1024 * 1024);
      const lines = (state.rest + read(file, from, end)).split('\n');
      state.rest = lines.pop() ?? '';
      state.offset = end;
      for (const line of lines) if (line.trim() !== '') this.onLine(state.part, line);
    }
  }
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function read(file: string, from: number, to: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    const length = readSync(descriptor, buffer, 0, buffer.length, from);
    return buffer.subarray(0, length).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
