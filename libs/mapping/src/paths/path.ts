import { foldedWords } from '../text/fold.js';

/** A field path, parsed once and read many times. Make one with `parsePath`. */
export interface Path {
  /** As it was written. */
  readonly text: string;
  /** Begins at the whole payload (`$.`) even where the mapping works through a list of items. */
  readonly fromRoot: boolean;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'member'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'every' }
  | {
      readonly kind: 'where';
      readonly steps: readonly Step[];
      readonly match: 'equal' | 'contains';
      /** For `contains`: folded words. */
      readonly value: string;
    };

export type PathResult = { kind: 'path'; path: Path } | { kind: 'bad_path'; detail: string };

export const MAX_PATH_LENGTH = 500;
const MAX_STEPS = 32;

/**
 * Parses a field path.
 *
 * - `data.buyer.email`: members by name; a bare name may hold anything but `.` `[` `]` `"`, blanks too
 * - `answers["WhatsApp (com D.D.D.)"]`: any other name, in single or double quotes (`\` escapes)
 * - `items[0].name`, `items[-1]`: an element of a list, from the end where negative
 * - `items[*].name`: all elements; the result is a list
 * - `answers[field.ref=email].email`: the first element (of a list, or of an object's members) whose field has that
 *   text; `~=` instead of `=`: contains those words, case and accents ignored. The value may be quoted.
 * - `$.event`, `$`: from the whole payload, where the mapping names a list of items
 */
export function parsePath(text: string): PathResult {
  if (text.length > MAX_PATH_LENGTH) return bad(`A path has at most ${MAX_PATH_LENGTH} characters.`);
  try {
    const trimmed = text.trim();
    if (trimmed === '') return bad('The path is empty.');
    const fromRoot = trimmed === '$' || trimmed.startsWith('$.') || trimmed.startsWith('$[');
    const rest = fromRoot ? trimmed.slice(trimmed.startsWith('$.') ? 2 : 1) : trimmed;
    if (rest === '' && trimmed !== '$') return bad('A name is missing after "$.".');
    return { kind: 'path', path: { text, fromRoot, steps: new PathReader(rest).steps() } };
  } catch (error) {
    if (error instanceof BadPath) return bad(error.message);
    throw error;
  }
}

function bad(detail: string): PathResult {
  return { kind: 'bad_path', detail };
}

class BadPath extends Error {}

/** Reads left to right; every failure says at which character. */
class PathReader {
  private at = 0;

  constructor(private readonly text: string) {}

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.at < this.text.length) {
      if (this.text[this.at] === '[') steps.push(this.bracket());
      else steps.push(this.name(steps.length > 0));
      if (steps.length > MAX_STEPS) throw new BadPath(`A path has at most ${MAX_STEPS} steps.`);
    }
    return steps;
  }

  private name(afterAnother: boolean): Step {
    if (afterAnother) this.expect('.');
    const start = this.at;
    while (this.at < this.text.length && !'.[]"'.includes(this.text.charAt(this.at))) this.at++;
    if (this.at === start) this.fail('a name is missing');
    if (this.text[this.at] === ']' || this.text[this.at] === '"') {
      this.fail(`unexpected ${this.text.charAt(this.at)}; quote such a name: ["…"]`);
    }
    return { kind: 'member', key: this.text.slice(start, this.at) };
  }

  private bracket(): Step {
    this.expect('[');
    const first = this.text[this.at];
    if (first === '"' || first === "'") {
      const key = this.quoted();
      this.expect(']');
      return { kind: 'member', key };
    }
    const inner = this.untilBracket();
    if (inner === '*') return { kind: 'every' };
    if (/^-?\d{1,6}$/.test(inner)) return { kind: 'index', index: Number(inner) };
    return this.condition(inner);
  }

  /** `field.ref=email`, `title ~= "nome completo"` */
  private condition(inner: string): Step {
    const equals = inner.indexOf('=');
    if (equals < 1) this.fail('brackets hold an index, *, a quoted name or a condition such as [name=utm_source]');
    const contains = inner[equals - 1] === '~';
    const left = inner.slice(0, contains ? equals - 1 : equals).trim();
    const right = inner.slice(equals + 1).trim();
    if (left === '') this.fail('the condition names no field');
    const text = /^(["']).*\1$/.test(right) ? new PathReader(right).quoted() : right;
    const value = contains ? foldedWords(text).join(' ') : text;
    if (contains && value === '') this.fail('the condition names no words');
    const steps = new PathReader(left).steps();
    if (steps.some((step) => step.kind === 'where' || step.kind === 'every')) {
      this.fail('the field of a condition is a plain path');
    }
    return { kind: 'where', steps, match: contains ? 'contains' : 'equal', value };
  }

  /** Up to the closing bracket, which may stand inside quotes. */
  private untilBracket(): string {
    const start = this.at;
    let quote = '';
    for (; this.at < this.text.length; this.at++) {
      const char = this.text.charAt(this.at);
      if (quote !== '') {
        if (char === '\\') this.at++;
        else if (char === quote) quote = '';
      } else if (char === ']') {
        return this.text.slice(start, this.at++).trim();
      } else if (char === '"' || (char === "'" && this.text[this.at - 1] === '=')) {
        quote = char;
      }
    }
    return this.fail('a bracket is not closed');
  }

  quoted(): string {
    const quote = this.text.charAt(this.at++);
    let value = '';
    while (this.at < this.text.length) {
      const char = this.text.charAt(this.at++);
      if (char === quote) return value;
      value += char === '\\' ? this.text.charAt(this.at++) : char;
    }
    return this.fail('a quote is not closed');
  }

  private expect(char: string): void {
    if (this.text[this.at] !== char) this.fail(`expected ${char}`);
    this.at++;
  }

  private fail(what: string): never {
    throw new BadPath(`At character ${this.at + 1}: ${what}.`);
  }
}
