/** A mistake in data that someone wrote, and where it is: `fields[3].from[0]`. */
export interface DataError {
  place: string;
  detail: string;
}

/** Reads untrusted data and gathers every mistake in it, instead of stopping at the first. */
export class Checker {
  readonly errors: DataError[] = [];

  fail(place: string, detail: string): undefined {
    if (this.errors.length < MAX_ERRORS) this.errors.push({ place, detail });
    return undefined;
  }

  /** An object with no other members than those named. */
  object(data: unknown, place: string, members: readonly string[]): Record<string, unknown> | undefined {
    if (!isRecord(data)) return this.fail(place, 'must be an object');
    for (const key of Object.keys(data)) {
      if (!members.includes(key)) this.fail(at(place, key), `is not known here; expected ${members.join(', ')}`);
    }
    return data;
  }

  text(data: unknown, place: string, limits: { min: number; max: number }): string | undefined {
    if (typeof data !== 'string') return this.fail(place, 'must be a text');
    if (data.length < limits.min) return this.fail(place, 'must not be empty');
    if (data.length > limits.max) return this.fail(place, `must have at most ${limits.max} characters`);
    return data;
  }

  oneOf<const Value extends string>(data: unknown, place: string, values: readonly Value[]): Value | undefined {
    const found = values.find((value) => value === data);
    return found ?? this.fail(place, `must be one of ${values.join(', ')}`);
  }

  /** Elements that `read` could not read are left out; it has said why. */
  list<Value>(
    data: unknown,
    place: string,
    limits: { min: number; max: number },
    read: (element: unknown, place: string) => Value | undefined,
  ): Value[] | undefined {
    if (!Array.isArray(data)) return this.fail(place, 'must be a list');
    if (data.length < limits.min) return this.fail(place, 'must not be empty');
    if (data.length > limits.max) return this.fail(place, `must have at most ${limits.max} elements`);
    const elements: unknown[] = data;
    return elements.map((element, index) => read(element, `${place}[${index}]`)).filter((value) => value !== undefined);
  }
}

/** Nobody mends more at once. */
const MAX_ERRORS = 100;

export function at(place: string, member: string): string {
  return place === '' ? member : `${place}.${member}`;
}

export function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

/** Only the members that are there, as exact optional members want it. */
export function present<Members extends object>(
  members: Members,
): { [Key in keyof Members]?: Exclude<Members[Key], undefined> };
export function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
