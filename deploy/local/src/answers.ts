/** Reads answers of the APIs: `unknown` in, a value of the expected kind out, or an error that names the place. */

/** The member at a dotted path, list positions included (`items.0.outcome`); undefined where there is none. */
export function pick(value: unknown, path: string): unknown {
  let current = value;
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = new Map<string, unknown>(Object.entries(current)).get(key);
  }
  return current;
}

export function text(value: unknown, path: string): string {
  const found = pick(value, path);
  if (typeof found === 'string') return found;
  throw new Error(`The answer has no text at "${path}": ${excerpt(value)}`);
}

export function textOrNull(value: unknown, path: string): string | null {
  const found = pick(value, path);
  return typeof found === 'string' ? found : null;
}

export function numberOrNull(value: unknown, path: string): number | null {
  const found = pick(value, path);
  return typeof found === 'number' ? found : null;
}

export function list(value: unknown, path: string): unknown[] {
  const found = pick(value, path);
  if (Array.isArray(found)) return found as unknown[];
  throw new Error(`The answer has no list at "${path}": ${excerpt(value)}`);
}

/** Texts and numbers of a flat object, as texts: what a receiver was sent. */
export function flatTexts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      typeof each === 'string' || typeof each === 'number' ? [[name, String(each)]] : [],
    ),
  );
}

/** JSON text, or null when it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function excerpt(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 300);
}
