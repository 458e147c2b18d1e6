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
  /** The same for shapes that find the same entries. */
  entriesKey: string;
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
    entriesKey: JSON.stringify([label ?? [], titles ?? null]),
  };
}

export interface LabelledEntry {
  key: string;
  label: string;
  folded: FoldedLabel;
  member: PayloadValue;
}

type Container = Exclude<PayloadValue, string | number | boolean | null>;

/** The labelled entries of one item's lists and objects, each looked through once however many rules ask. */
export class LabelledViews {
  private readonly views = new Map<object, Map<string, readonly LabelledEntry[]>>();

  private readonly places = new Map<string, readonly Container[]>();

  constructor(
    private readonly item: PayloadValue,
    private readonly root: PayloadValue,
  ) {}

  /** The containers at the same places, found once: a preset's rules all look in the same dozen. */
  in(placesKey: string, find: () => readonly Container[]): readonly Container[] {
    let found = this.places.get(placesKey);
    if (found === undefined) this.places.set(placesKey, (found = find()));
    return found;
  }

  of(container: Container, shape: LabelledShape): readonly LabelledEntry[] {
    let views = this.views.get(container);
    if (views === undefined) this.views.set(container, (views = new Map<string, readonly LabelledEntry[]>()));
    let entries = views.get(shape.entriesKey);
    if (entries === undefined) {
      views.set(shape.entriesKey, (entries = entriesOf(container, shape, this.item, this.root)));
    }
    return entries;
  }
}

/** The members of a list or object under the names that people see; those without any are left out. */
function entriesOf(
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
    if (label !== null) entries.push({ key, label, folded: foldLabel(label), member });
  }
  return entries;
}

/** No form has more fields; a longer object is not looked through for names. */
export const MAX_ENTRIES = 1_000;

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
