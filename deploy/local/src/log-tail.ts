import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** How much a log line matters. */
export type Level = 'info' | 'warn' | 'error';

/** A service's log line, as far as people at a terminal care. */
export interface LogLine {
  level: Level;
  text: string;
}

const LEVELS: ReadonlyMap<unknown, Level> = new Map<unknown, Level>([
  ['trace', 'info'],
  ['debug', 'info'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'error'],
]);

/** Reads a line of a service's log: its JSON, or anything else (a crash's stack, a warning of Node) as it is. */
export function readLogLine(line: string): LogLine {
  const value = parse(line);
  const level = LEVELS.get(member(value, 'level'));
  if (level === undefined) return { level: 'warn', text: line };
  const parts = [member(value, 'message'), member(member(value, 'error'), 'message')];
  return { level, text: parts.filter((part) => typeof part === 'string' && part !== '').join(' · ') };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
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
