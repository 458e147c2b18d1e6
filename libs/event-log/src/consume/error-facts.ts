import { sqlStateOf } from '@ponte/service-kit';

/** What is kept of an error. Messages are not: they quote values ("invalid input syntax … «Maria»"). */
export interface ErrorFacts {
  readonly name: string;
  readonly code: string | null;
  /** What the consumer's `describeError` says, which names no values. */
  readonly description: string | null;
  /** Names in the schema that Postgres points at. */
  readonly constraint: string | null;
  readonly column: string | null;
  /** Where in the program: functions and lines. */
  readonly stack: readonly string[];
}

const FRAMES = 8;

/** The facts of an error without any value of the record that caused it. */
export function errorFacts(error: unknown, description: string | null): ErrorFacts {
  const name = error instanceof Error ? error.name : typeof error;
  const code = sqlStateOf(error) ?? textOf(error, 'code');
  return {
    name,
    code,
    description,
    constraint: textOf(error, 'constraint'),
    column: textOf(error, 'column'),
    stack: error instanceof Error ? framesOf(error.stack ?? '') : [],
  };
}

/** The frames alone: what stands above them repeats the message. */
function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .*:\d+:\d+\)?$/.test(line))
    .slice(0, FRAMES);
}

function textOf(error: unknown, property: string): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const value: unknown = Reflect.get(error, property);
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : null;
}

/** A record that was being tried each time that the process ended. */
export class RecordEndsProcess extends Error {
  override readonly name = 'RecordEndsProcess';

  constructor(readonly tries: number) {
    super(`The process ended ${String(tries)} times while this record was tried`);
  }
}
