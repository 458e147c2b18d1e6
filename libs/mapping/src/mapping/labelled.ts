import { isEmpty, readSteps, type Visit } from '../paths/read-path.js';
import type { Path } from '../paths/path.js';
import { isPayloadObject, type PayloadValue } from '../payload/payload-value.js';
import { textOf } from '../text/clean.js';
import { foldedWords } from '../text/fold.js';

/** Where the elements of a list or object carry their label and value; empty: key and member themselves. */
export interface LabelledShape {
  label: readonly Path[];
  value: readonly Path[];
}

export interface LabelledEntry {
  key: string;
  label: string;
  member: PayloadValue;
}

type Container = Exclude<PayloadValue, string | number | boolean | null>;

/** The members of a list or object under the names that people see; those without any are left out. */
export function entriesOf(container: Container, shape: LabelledShape): LabelledEntry[] {
  const entries: LabelledEntry[] = [];
  const isList = Array.isArray(container);
  for (const [key, member] of Object.entries<PayloadValue>(container)) {
    if (entries.length >= MAX_ENTRIES) break;
    const label = shape.label.length === 0 ? (isList ? null : key) : labelOf(member, shape);
    if (label !== null) entries.push({ key, label, member });
  }
  return entries;
}

/** No form has more fields; a longer object is not looked through for names. */
const MAX_ENTRIES = 1_000;

function labelOf(member: PayloadValue, shape: LabelledShape): string | null {
  if (!isPayloadObject(member)) return null;
  for (const path of shape.label) {
    const text = textOf(readSteps(path.steps, 0, member));
    if (text !== null) return text;
  }
  return null;
}

/** The entry's value, or undefined where it has none that counts. */
export function valueOf(entry: LabelledEntry, shape: LabelledShape, visit?: Visit): PayloadValue | undefined {
  if (shape.value.length === 0) return isEmpty(entry.member) ? undefined : entry.member;
  for (const path of shape.value) {
    const value = readSteps(path.steps, 0, entry.member, visit);
    if (!isEmpty(value)) return value;
  }
  return undefined;
}

export interface FoldedLabel {
  words: readonly string[];
  joined: string;
}

// Payloads of one tool have the same keys every time: folding them once is most of the cost of finding fields by name.
const folded = new Map<string, FoldedLabel>();
const MAX_REMEMBERED = 5_000;

export function foldLabel(label: string): FoldedLabel {
  const known = folded.get(label);
  if (known !== undefined) return known;
  const words = foldedWords(label.slice(0, 500));
  const result = { words, joined: words.join('') };
  if (label.length > 200) return result;
  if (folded.size >= MAX_REMEMBERED) folded.clear();
  folded.set(label, result);
  return result;
}
