import { isPayloadObject, ownMember, type PayloadValue } from '../payload/payload-value.js';
import { foldedWords } from '../text/fold.js';
import { textOf } from '../text/clean.js';
import type { Path, Step } from './path.js';

/** Told of every member that a path went through: its container and key (an index as text). */
export type Visit = (container: object, key: string) => void;

/**
 * The value at a path, or undefined where there is none. Never throws, whatever the payload.
 *
 * @param item where the path begins, unless it begins with `$`
 * @param root the whole payload
 */
export function readPath(path: Path, item: PayloadValue, root: PayloadValue, visit?: Visit): PayloadValue | undefined {
  return readSteps(path.steps, 0, path.fromRoot ? root : item, visit);
}

/** The value that lies `steps` below `start`. */
export function readSteps(
  steps: readonly Step[],
  from: number,
  start: PayloadValue,
  visit?: Visit,
): PayloadValue | undefined {
  let value: PayloadValue | undefined = start;
  for (let at = from; at < steps.length; at++) {
    const step = steps[at];
    if (step === undefined || typeof value !== 'object' || value === null) return undefined;
    if (step.kind === 'every') return readEvery(steps, at + 1, value, visit);
    const key = keyOf(step, value);
    if (key === undefined) return undefined;
    visit?.(value, key);
    value = memberAt(value, key);
  }
  return value;
}

type Container = Exclude<PayloadValue, string | number | boolean | null>;

function memberAt(container: Container, key: string): PayloadValue | undefined {
  return Array.isArray(container) ? container[Number(key)] : ownMember(container, key);
}

/** Under which key of the container a step goes on. */
function keyOf(step: Exclude<Step, { kind: 'every' }>, container: Container): string | undefined {
  switch (step.kind) {
    case 'member':
      // Forms have numbered members where JSON has lists, so `items.0` and `items[0]` mean the same in both.
      return !Array.isArray(container) || /^\d{1,6}$/.test(step.key) ? step.key : undefined;
    case 'index':
      return Array.isArray(container) && step.index < 0 ? String(container.length + step.index) : String(step.index);
    case 'where':
      return keyWhere(step, container);
  }
}

function keyWhere(step: Extract<Step, { kind: 'where' }>, container: Container): string | undefined {
  const keys = Array.isArray(container) ? container.keys() : Object.keys(container);
  for (const key of keys) {
    const element = Array.isArray(container) ? container[Number(key)] : ownMember(container, String(key));
    if (element === undefined || typeof element !== 'object') continue;
    const text = textOf(readSteps(step.steps, 0, element));
    if (text === null) continue;
    const isIt = step.match === 'equal' ? text === step.value : foldedWords(text).join(' ').includes(step.value);
    if (isIt) return String(key);
  }
  return undefined;
}

function readEvery(steps: readonly Step[], at: number, container: Container, visit?: Visit): PayloadValue | undefined {
  const found: PayloadValue[] = [];
  const keys = Array.isArray(container) ? [...container.keys()].map(String) : Object.keys(container);
  for (const key of keys) {
    visit?.(container, key);
    const member = memberAt(container, key);
    const value = member === undefined ? undefined : readSteps(steps, at, member, visit);
    if (value === undefined) continue;
    if (Array.isArray(value)) found.push(...value.slice(0, MAX_GATHERED - found.length));
    else found.push(value);
    if (found.length >= MAX_GATHERED) break;
  }
  return found.length === 0 ? undefined : found;
}

/** What `[*]` gathers at most: a list that long is no longer a field. */
const MAX_GATHERED = 1_000;

/** Whether a value counts as missing: nothing, blank text, or a list or object without members. */
export function isEmpty(value: PayloadValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.every(isEmpty);
  return isPayloadObject(value) && Object.keys(value).length === 0;
}
