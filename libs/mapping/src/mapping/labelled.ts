import { isEmpty, readPath, readSteps, type Visit } from '../paths/read-path.js';
import type { Path } from '../paths/path.js';
import { isPayloadObject, type PayloadValue } from '../payload/payload-value.js';
import { textOf } from '../text/clean.js';
import { foldedWords } from '../text/fold.js';
import { compilePath, compilePaths } from './compile-path.js';
import type { CollectRule, LikeSource, Titles } from './mapping.js';

/** Where the elements of a list or object carry their label and value; empty: key and member themselves. */
export interface LabelledShape {
  label: readonly Path[];
  value: readonly Path[];
  titles: Readonly<Record<keyof Titles, Path>> | null;
}

/** @throws Error where a path is bad */
export function compileShape({ label, value, titles }: LikeSource | CollectRule): LabelledShape {
  return {
    label: compilePaths(label),
    value: compilePaths(value),
    titles:
      titles === undefined
        ? null
        : {
            in: compilePath(titles.in),
            id: compilePath(titles.id),
            title: compilePath(titles.title),
            of: compilePath(titles.of),
          },
  };
}

export interface LabelledEntry {
  key: string;
  label: string;
  member: PayloadValue;
}

type Container = Exclude<PayloadValue, string | number | boolean | null>;

/**
 * The members of a list or object under the names that people see; those without any are left out.
 *
 * @param item where the paths of titles begin, unless they begin with `$`
 */
export function entriesOf(
  container: Container,
  shape: LabelledShape,
  item: PayloadValue,
  root: PayloadValue,
): LabelledEntry[] {
  const entries: LabelledEntry[] = [];
  const titles = titlesIn(shape, item, root);
  const ownKeys = shape.label.length === 0 && titles === null;
  const isList = Array.isArray(container);
  for (const [key, member] of Object.entries<PayloadValue>(container)) {
    if (entries.length >= MAX_ENTRIES) break;
    const label = ownKeys ? (isList ? null : key) : labelOf(member, shape, titles);
    if (label !== null) entries.push({ key, label, member });
  }
  return entries;
}

/** No form has more fields; a longer object is not looked through for names. */
const MAX_ENTRIES = 1_000;

type TitlesById = ReadonlyMap<string, string>;

function labelOf(member: PayloadValue, shape: LabelledShape, titles: TitlesById | null): string | null {
  if (!isPayloadObject(member)) return null;
  let generated: string | null = null;
  for (const path of shape.label) {
    const text = textOf(readSteps(path.steps, 0, member));
    if (text === null) continue;
    if (titles === null || !looksGenerated(text)) return text;
    generated ??= text;
  }
  if (titles === null || shape.titles === null) return null;
  const id = textOf(readSteps(shape.titles.of.steps, 0, member));
  return (id === null ? undefined : titles.get(id)) ?? generated;
}

function titlesIn({ titles }: LabelledShape, item: PayloadValue, root: PayloadValue): TitlesById | null {
  if (titles === null) return null;
  const byId = new Map<string, string>();
  const list = readPath(titles.in, item, root);
  if (!Array.isArray(list)) return byId;
  for (const element of list.slice(0, MAX_ENTRIES)) {
    const id = textOf(readSteps(titles.id.steps, 0, element));
    const title = textOf(readSteps(titles.title.steps, 0, element));
    if (id !== null && title !== null) byId.set(id, title);
  }
  return byId;
}

/** UUIDs, ULIDs and other long runs without a word in them. */
function looksGenerated(label: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(label) || /^(?=.*\d)[A-Za-z\d]{12,}$/.test(label);
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
